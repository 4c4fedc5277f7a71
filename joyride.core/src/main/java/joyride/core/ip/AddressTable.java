package joyride.core.ip;

import java.util.ArrayList;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.link.LinkInterface;

/**
 * The addresses that are ours, on whichever interface. As on Linux, a network on the loopback is ours as a whole: with
 * 127.77.0.1/16 on {@code lo0}, 127.77.0.2 is ours too.
 */
final class AddressTable {
    private record Entry(LinkInterface on, IpPrefix prefix) {}

    private final List<Entry> entries = new ArrayList<>();
    private int[] exact = {};
    private int[] networks = {};
    private int[] masks = {};
    private long[] highs = {};
    private long[] lows = {};

    void add(final LinkInterface on, final IpPrefix prefix) {
        entries.add(new Entry(on, prefix));
        on.addresses().add(prefix);
        rebuild();
    }

    /** @return what was removed, or null */
    IpPrefix remove(final LinkInterface on, final IpAddress address) {
        for (final Entry entry : entries) {
            if (entry.on() == on && entry.prefix().address().equals(address)) {
                entries.remove(entry);
                on.addresses().remove(entry.prefix());
                rebuild();
                return entry.prefix();
            }
        }
        return null;
    }

    private void rebuild() {
        exact = entries.stream()
                .filter(e -> e.prefix().address().isV4() && !wide(e))
                .mapToInt(e -> e.prefix().address().v4Bits())
                .toArray();
        highs = entries.stream()
                .filter(e -> !e.prefix().address().isV4())
                .mapToLong(e -> e.prefix().address().high())
                .toArray();
        lows = entries.stream()
                .filter(e -> !e.prefix().address().isV4())
                .mapToLong(e -> e.prefix().address().low())
                .toArray();
        masks = entries.stream()
                .filter(AddressTable::wide)
                .mapToInt(e -> mask(e.prefix()))
                .toArray();
        networks = entries.stream()
                .filter(AddressTable::wide)
                .mapToInt(e -> e.prefix().address().v4Bits() & mask(e.prefix()))
                .toArray();
    }

    private static boolean wide(final Entry entry) {
        return entry.on().loopback()
                && entry.prefix().address().isV4()
                && entry.prefix().length() < 32;
    }

    static int mask(final IpPrefix prefix) {
        return prefix.length() == 0 ? 0 : -1 << (32 - prefix.length());
    }

    boolean isLocal(final int address) {
        for (int i = 0; i < exact.length; i++) {
            if (exact[i] == address) {
                return true;
            }
        }
        for (int i = 0; i < networks.length; i++) {
            if ((address & masks[i]) == networks[i]) {
                return true;
            }
        }
        return false;
    }

    boolean isLocal(final long high, final long low) {
        if (IpAddress.isV4(high, low)) {
            return isLocal((int) low);
        }
        for (int i = 0; i < lows.length; i++) {
            if (lows[i] == low && highs[i] == high) {
                return true;
            }
        }
        return false;
    }

    /** An IPv6 address without its zone, with it if it is one of ours. */
    long zoned(final long high, final long low) {
        if (Ipv6.isLinkLocal(high)) {
            for (int i = 0; i < lows.length; i++) {
                if (lows[i] == low && Ipv6.wire(highs[i]) == Ipv6.wire(high)) {
                    return highs[i];
                }
            }
        }
        return high;
    }

    /** Whether {@code address} is a broadcast address on the interface (RFC 1122 §3.2.1.3, the all-ones forms). */
    static boolean isBroadcast(final LinkInterface on, final int address) {
        if (address == -1) {
            return true;
        }
        final List<IpPrefix> own = on.addresses();
        for (int i = 0; i < own.size(); i++) {
            final IpPrefix prefix = own.get(i);
            if (prefix.address().isV4()
                    && prefix.length() < 31
                    && address == (prefix.address().v4Bits() | ~mask(prefix))) {
                return true;
            }
        }
        return false;
    }

    /** The source for packets to {@code next} out of the interface: of the same network, else the first; 0: there is none. */
    static int source(final LinkInterface out, final int next) {
        int first = 0;
        final List<IpPrefix> own = out.addresses();
        for (int i = 0; i < own.size(); i++) {
            final IpPrefix prefix = own.get(i);
            if (!prefix.address().isV4()) {
                continue;
            }
            final int address = prefix.address().v4Bits();
            if (((address ^ next) & mask(prefix)) == 0) {
                return address;
            }
            if (first == 0) {
                first = address;
            }
        }
        return first;
    }
}
