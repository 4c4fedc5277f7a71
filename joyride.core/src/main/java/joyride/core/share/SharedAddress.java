package joyride.core.share;

/** An address shared with the kernel, and who of Joyride holds which local port of it. On the event loop. */
final class SharedAddress {
    private static final int PORTS = 65536;

    final long high;
    final long low;

    /** Ports that are claimed for good, a bit each: the range of active opens. */
    private final long[] range;

    private final ClaimSink sink;
    private final int[] tcp = new int[PORTS];

    /** Null until first needed. */
    private int[] udp;

    /** Holders of this very address, not of all. */
    private int own;

    SharedAddress(final long high, final long low, final long[] range, final ClaimSink sink) {
        this.high = high;
        this.low = low;
        this.range = range;
        this.sink = sink;
    }

    boolean inUse() {
        return own > 0;
    }

    /** @param any whether the holder is one of all addresses */
    void hold(final int protocol, final int port, final boolean any) {
        own += any ? 0 : 1;
        final int[] holders = holders(protocol);
        if (holders != null && holders[port]++ == 0 && !inRange(protocol, port)) {
            sink.claim(high, low, protocol, port);
        }
    }

    void letGo(final int protocol, final int port, final boolean any) {
        own -= any ? 0 : 1;
        final int[] holders = holders(protocol);
        if (holders != null && --holders[port] == 0 && !inRange(protocol, port)) {
            sink.unclaim(high, low, protocol, port);
        }
    }

    boolean claimed(final int protocol, final int port) {
        final int[] holders = protocol == Claims.TCP ? tcp : protocol == Claims.UDP ? udp : null;
        return holders != null && holders[port] > 0 || inRange(protocol, port);
    }

    boolean inRange(final int protocol, final int port) {
        return protocol == Claims.TCP && (range[port >> 6] & 1L << port) != 0;
    }

    private int[] holders(final int protocol) {
        if (protocol == Claims.TCP) {
            return tcp;
        }
        if (protocol == Claims.UDP && udp == null) {
            udp = new int[PORTS];
        }
        return protocol == Claims.UDP ? udp : null;
    }

    /** Nothing of it is Joyride's any more, but for the range, which is its maker's. */
    void close() {
        for (int port = 0; port < PORTS; port++) {
            if (tcp[port] > 0 && !inRange(Claims.TCP, port)) {
                sink.unclaim(high, low, Claims.TCP, port);
            }
            if (udp != null && udp[port] > 0) {
                sink.unclaim(high, low, Claims.UDP, port);
            }
        }
    }
}
