/** The driver {@code afxdp}: AF_XDP sockets on the queues of a network device. */
package joyride.nic.afxdp;
