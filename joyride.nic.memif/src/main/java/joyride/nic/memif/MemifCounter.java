package joyride.nic.memif;

/** What a queue counts. */
enum MemifCounter {
    RX_FRAMES("rx frames"),
    RX_BYTES("rx bytes"),
    RX_JOINED("rx frames that came in several buffers"),
    RX_DROP_LONG("rx dropped: longer than the MTU"),
    RX_DROP_BAD("rx dropped: the peer's descriptor names no memory of the link's, or its frame has no end"),
    RX_LEFT("rx frames whose payload was read where it lay"),
    RX_UNITS("rx units: segments that crossed in one piece"),
    RX_DROP_UNIT("rx dropped: no unit as its metadata says"),
    TX_FRAMES("tx frames"),
    TX_BYTES("tx bytes"),
    TX_UNITS("tx units: segments that crossed in one piece"),
    TX_DROP_REFUSED("tx dropped: the peer that came takes no units"),
    TX_DROP_DOWN("tx dropped: the link has gone"),
    TX_WAITED("tx: no room in the ring, the sender waits"),
    LINKS("links made"),
    VIOLATIONS("links ended: the peer's ring positions cannot be");

    private final String label;

    MemifCounter(final String label) {
        this.label = label;
    }

    String label() {
        return label;
    }
}
