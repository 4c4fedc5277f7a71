package joyride.nic.afxdp;

/**
 * The four rings of a socket.
 *
 * @param fill chunks that the kernel may receive into
 * @param receive frames that have come
 * @param transmit frames to send
 * @param completion pieces of frames that have been sent
 */
record Rings(ProducerRing fill, ConsumerRing receive, ProducerRing transmit, ConsumerRing completion) {}
