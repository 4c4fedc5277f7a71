package joyride.nic.afxdp;

/** How a queue has the other side of its rings look at them. Of the queue's thread; allocates nothing. */
interface Doorbell {
    /** Look at the transmit ring. @return 0, or {@code -errno} */
    int transmit();

    /** Look at the fill ring, and for frames. */
    void receive();

    /** Polls readable when the receive ring has something; -1: none. */
    int descriptor();
}
