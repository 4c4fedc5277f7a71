package joyride.nic.afpacket;

/** Numbers of {@code linux/if_packet.h} and {@code linux/if_ether.h}. */
final class Packet {
    static final int SOL_PACKET = 263;
    static final int RX_RING = 5;
    static final int STATISTICS = 6;
    static final int COPY_THRESHOLD = 7;
    static final int VERSION = 10;
    static final int QDISC_BYPASS = 20;
    static final int IGNORE_OUTGOING = 23;

    static final int TPACKET_V2 = 1;

    /** Bits of a ring slot's status; no bit: the slot is the kernel's. */
    static final int STATUS_USER = 1;

    /** The frame does not fit the slot; the whole of it waits to be received from the socket. */
    static final int STATUS_COPY = 1 << 1;

    /** The checksum is not complete yet: the frame comes from this machine's memory and has not been on a wire. */
    static final int STATUS_CHECKSUM_NOT_READY = 1 << 3;

    static final int STATUS_VLAN = 1 << 4;

    /** struct tpacket2_hdr. */
    static final int HEADER_STATUS = 0;

    static final int HEADER_LENGTH = 4;
    static final int HEADER_CAPTURED = 8;
    static final int HEADER_MAC = 12;

    /** What stands before a frame in its slot at most: the header, its struct sockaddr_ll, alignment, room for a VLAN tag. */
    static final int SLOT_OVERHEAD = 128;

    static final int EVERY_PROTOCOL = 3;
    static final int ETHERNET_HEADER = 14;
    static final int VLAN_TAG = 4;

    private Packet() {}
}
