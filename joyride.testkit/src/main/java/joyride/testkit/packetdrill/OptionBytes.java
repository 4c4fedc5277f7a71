package joyride.testkit.packetdrill;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import joyride.testkit.packetdrill.script.TcpOption;
import joyride.testkit.simulation.Octets;

/** TCP options between a script's words and their bytes. */
final class OptionBytes {
    static final int MD5 = 19;
    static final int MD5_LENGTH = 18;

    private static final int END = 0;
    private static final int NOP = 1;
    private static final int MSS = 2;
    private static final int SCALE = 3;
    private static final int SACK_PERMITTED = 4;
    private static final int SACK = 5;
    private static final int TIMESTAMP = 8;
    private static final int FAST_OPEN = 34;

    private OptionBytes() {}

    /** Options of the peer. SACK edges are the stack's data; digests are filled in later. */
    static byte[] encode(final List<TcpOption> options, final Flow flow) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (final TcpOption option : options) {
            switch (option) {
                case TcpOption.Nop() -> out.write(NOP);
                case TcpOption.EndOfList() -> out.write(END);
                case TcpOption.MaximumSegmentSize(int bytes) -> put(out, MSS, bytes >>> 8, bytes);
                case TcpOption.WindowScale(int shift) -> put(out, SCALE, shift);
                case TcpOption.SackPermitted() -> put(out, SACK_PERMITTED);
                case TcpOption.Sack(List<Long> edges) -> {
                    out.write(SACK);
                    out.write(2 + 4 * edges.size());
                    edges.forEach(edge -> word(out, flow.iss + (int) (long) edge));
                }
                case TcpOption.Timestamp(Integer value, int echo, boolean absolute) -> {
                    out.write(TIMESTAMP);
                    out.write(10);
                    word(out, value == null ? 0 : value);
                    word(out, absolute ? echo : flow.timestamps.getOrDefault(echo, echo));
                }
                case TcpOption.Raw(String hex) -> out.writeBytes(HexFormat.of().parseHex(hex));
                case TcpOption.FastOpen(String cookie) ->
                    bytes(out, FAST_OPEN, HexFormat.of().parseHex(cookie));
                case TcpOption.Md5(boolean valid) -> bytes(out, MD5, new byte[MD5_LENGTH - 2]);
                case TcpOption.Other(int kind, String hex) ->
                    bytes(out, kind, HexFormat.of().parseHex(hex));
            }
        }
        while (out.size() % 4 != 0) {
            out.write(END);
        }
        return out.toByteArray();
    }

    private static void put(final ByteArrayOutputStream out, final int kind, final int... data) {
        out.write(kind);
        out.write(2 + data.length);
        for (final int b : data) {
            out.write(b);
        }
    }

    private static void bytes(final ByteArrayOutputStream out, final int kind, final byte[] data) {
        out.write(kind);
        out.write(2 + data.length);
        out.writeBytes(data);
    }

    private static void word(final ByteArrayOutputStream out, final int value) {
        out.write(value >>> 24);
        out.write(value >>> 16);
        out.write(value >>> 8);
        out.write(value);
    }

    /** Where the option of {@code kind} begins, or -1. */
    static int find(final byte[] options, final int kind) {
        for (int i = 0; i < options.length && options[i] != END; i += length(options, i)) {
            if (options[i] == kind) {
                return i;
            }
        }
        return -1;
    }

    private static int length(final byte[] options, final int at) {
        if (options[at] == NOP || options[at] == END) {
            return 1;
        }
        return at + 1 < options.length ? Math.max(2, options[at + 1] & 0xff) : options.length - at;
    }

    /**
     * The stack's options in words. SACK edges count from the peer's ISN.
     *
     * @param validDigest whether a digest among them is right
     */
    static List<TcpOption> decode(final byte[] options, final Flow flow, final boolean validDigest) {
        final List<TcpOption> words = new ArrayList<>();
        for (int i = 0; i < options.length; i += length(options, i)) {
            final int kind = options[i] & 0xff;
            final int data = Math.min(length(options, i), options.length - i) - 2;
            words.add(
                    switch (kind) {
                        case END -> new TcpOption.EndOfList();
                        case NOP -> new TcpOption.Nop();
                        case MSS -> new TcpOption.MaximumSegmentSize(Octets.u16(options, i + 2));
                        case SCALE -> new TcpOption.WindowScale(options[i + 2] & 0xff);
                        case SACK_PERMITTED -> new TcpOption.SackPermitted();
                        case SACK -> new TcpOption.Sack(edges(options, i + 2, data / 4, flow));
                        case TIMESTAMP ->
                            new TcpOption.Timestamp(Octets.u32(options, i + 2), Octets.u32(options, i + 6), false);
                        case FAST_OPEN -> new TcpOption.FastOpen(hex(options, i + 2, data));
                        case MD5 -> new TcpOption.Md5(validDigest);
                        default -> new TcpOption.Other(kind, hex(options, i + 2, data));
                    });
        }
        return words;
    }

    private static List<Long> edges(final byte[] options, final int from, final int count, final Flow flow) {
        final List<Long> edges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            edges.add((long) (Octets.u32(options, from + 4 * i) - flow.irs));
        }
        return edges;
    }

    private static String hex(final byte[] options, final int from, final int length) {
        return HexFormat.of().formatHex(Arrays.copyOfRange(options, from, from + Math.max(length, 0)));
    }
}
