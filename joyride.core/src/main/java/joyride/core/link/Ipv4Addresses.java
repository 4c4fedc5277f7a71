package joyride.core.link;

import joyride.api.net.IpPrefix;

/** What an interface's own IPv4 addresses say of others: which lie in its networks, and which of its own speaks to them. */
final class Ipv4Addresses {
    private final LinkInterface link;

    Ipv4Addresses(final LinkInterface link) {
        this.link = link;
    }

    /** Whether {@code address} is the interface's own. */
    boolean contains(final int address) {
        for (int i = 0; i < link.addresses().size(); i++) {
            final IpPrefix own = link.addresses().get(i);
            if (own.address().isV4() && own.address().v4Bits() == address) {
                return true;
            }
        }
        return false;
    }

    /** Whether {@code address} lies in a network of the interface and names one station. */
    boolean onLink(final int address) {
        return sourceFor(address) != 0 && address != -1 && address >>> 28 != 0xe;
    }

    /** The own address in the same network as {@code address}, or 0. */
    private int sourceFor(final int address) {
        for (int i = 0; i < link.addresses().size(); i++) {
            final IpPrefix own = link.addresses().get(i);
            if (own.address().isV4() && sameNetwork(own, address)) {
                return own.address().v4Bits();
            }
        }
        return 0;
    }

    /** The own address that asks for {@code address}: one of its network, else the first; 0 if there is none. */
    int asker(final int address) {
        final int near = sourceFor(address);
        if (near != 0) {
            return near;
        }
        for (final IpPrefix own : link.addresses()) {
            if (own.address().isV4()) {
                return own.address().v4Bits();
            }
        }
        return 0;
    }

    private static boolean sameNetwork(final IpPrefix own, final int address) {
        return own.length() == 0 || (own.address().v4Bits() ^ address) >>> (32 - own.length()) == 0;
    }
}
