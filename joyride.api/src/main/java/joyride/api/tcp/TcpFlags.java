package joyride.api.tcp;

/** Control bits of the header (RFC 9293 §3.1, RFC 3168 §6.1). */
public final class TcpFlags {
    public static final int FIN = 0x01;
    public static final int SYN = 0x02;
    public static final int RST = 0x04;
    public static final int PSH = 0x08;
    public static final int ACK = 0x10;
    public static final int URG = 0x20;
    public static final int ECE = 0x40;
    public static final int CWR = 0x80;

    /** Accurate ECN (RFC 9768 §2.2). */
    public static final int AE = 0x100;

    /** The three bits of ECN: a request in a SYN, feedback otherwise. */
    public static final int ECN = AE | CWR | ECE;

    /** All bits there are. */
    public static final int ALL = 0x1ff;

    private TcpFlags() {}

    /** ACE of a segment other than a SYN: the lower three bits of a count, as flags (RFC 9768 §3.2.2). */
    public static int ace(final int count) {
        return ((count & 4) != 0 ? AE : 0) | ((count & 2) != 0 ? CWR : 0) | ((count & 1) != 0 ? ECE : 0);
    }
}
