package joyride.testkit.packetdrill.script;

import java.util.HexFormat;
import java.util.List;

/** A TCP option as a script writes it. */
public sealed interface TcpOption {
    record Nop() implements TcpOption {
        @Override
        public String toString() {
            return "nop";
        }
    }

    record EndOfList() implements TcpOption {
        @Override
        public String toString() {
            return "eol";
        }
    }

    record MaximumSegmentSize(int bytes) implements TcpOption {
        @Override
        public String toString() {
            return "mss " + bytes;
        }
    }

    record WindowScale(int shift) implements TcpOption {
        @Override
        public String toString() {
            return "wscale " + shift;
        }
    }

    record SackPermitted() implements TcpOption {
        @Override
        public String toString() {
            return "sackOK";
        }
    }

    /** Edges from the sender's of the data ISN, in pairs. */
    record Sack(List<Long> edges) implements TcpOption {
        @Override
        public String toString() {
            final StringBuilder text = new StringBuilder("sack");
            for (int i = 0; i < edges.size(); i += 2) {
                text.append(' ').append(edges.get(i)).append(':').append(edges.get(i + 1));
            }
            return text.toString();
        }
    }

    /**
     * Values are 32 bits.
     *
     * @param value null: any
     * @param absolute whether {@code echo} is as on the wire, not one of the script's values
     */
    record Timestamp(Integer value, int echo, boolean absolute) implements TcpOption {
        @Override
        public String toString() {
            final String text = value == null ? "..." : Integer.toUnsignedString(value);
            return "TS val " + text + " ecr " + Integer.toUnsignedString(echo) + (absolute ? "!" : "");
        }
    }

    /** @param cookie in hexadecimal; empty: a request */
    record FastOpen(String cookie) implements TcpOption {
        @Override
        public String toString() {
            return cookie.isEmpty() ? "FO" : "FO " + cookie;
        }
    }

    /** RFC 2385. @param valid whether the digest is right */
    record Md5(boolean valid) implements TcpOption {
        @Override
        public String toString() {
            return "md5 " + (valid ? "valid" : "invalid");
        }
    }

    /** All options of a segment, as bytes; alone in its list. */
    record Raw(String hex) implements TcpOption {
        @Override
        public String toString() {
            return hex;
        }
    }

    /** An option without a name of its own. */
    record Other(int kind, String hex) implements TcpOption {
        static Other of(final int kind, final byte[] data) {
            return new Other(kind, HexFormat.of().formatHex(data));
        }

        @Override
        public String toString() {
            return "kind " + kind + (hex.isEmpty() ? "" : " " + hex);
        }
    }
}
