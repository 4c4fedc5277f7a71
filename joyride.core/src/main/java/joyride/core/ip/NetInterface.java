package joyride.core.ip;

/** A network interface: its addresses, MTU and counters, over whatever port serves it at the moment. */
public interface NetInterface {
    String name();

    /** Largest IP packet, bytes. */
    int mtu();

    /** Whether it is the internal loopback. */
    boolean loopback();
}
