package joyride.nic.afpacket;

/** What a queue counts. */
enum PacketCounter {
    RX_FRAMES("rx frames"),
    RX_BYTES("rx bytes"),
    RX_UNFINISHED("rx frames from this machine's memory, checksums not computed"),
    RX_LARGE("rx frames larger than a slot, merged by GRO or never cut"),
    RX_DROP_CUT("rx dropped: larger than a slot, and no room for a copy; switch off gro, lro and the sender's tso"),
    RX_DROP_VLAN("rx dropped: VLAN tag"),
    TX_FRAMES("tx frames"),
    TX_BYTES("tx bytes"),
    TX_DROP_FULL("tx dropped: the device had no room"),
    TX_DROP_DOWN("tx dropped: the device is down or gone"),
    TX_DROP_REFUSED("tx dropped: the kernel refused the frame");

    private final String label;

    PacketCounter(final String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
