package joyride.core.share;

import java.util.TreeSet;
import joyride.api.net.IpAddress;

/** Keeps claims as text, and counts the calls. */
public final class FakeSink implements ClaimSink {
    public final TreeSet<String> claimed = new TreeSet<>();
    public int calls;

    private static String key(final long high, final long low, final int protocol, final int port) {
        return new IpAddress(high, low) + " " + protocol + " " + port;
    }

    @Override
    public void claim(final long high, final long low, final int protocol, final int port) {
        calls++;
        if (!claimed.add(key(high, low, protocol, port))) {
            throw new AssertionError("claimed twice: " + key(high, low, protocol, port));
        }
    }

    @Override
    public void unclaim(final long high, final long low, final int protocol, final int port) {
        calls++;
        if (!claimed.remove(key(high, low, protocol, port))) {
            throw new AssertionError("not claimed: " + key(high, low, protocol, port));
        }
    }
}
