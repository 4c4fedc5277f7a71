package joyride.api.nic;

import org.osgi.annotation.versioning.ProviderType;

/**
 * What of a device's traffic is Joyride's, where the kernel's stack uses the device too. Core's: it outlives drivers and their
 * ports. Called on configuration threads.
 */
@ProviderType
public interface Steering {
    /** Bytes of a key of the {@link #map}. */
    int KEY_LENGTH = 20;

    /** Bytes of a value of the {@link #map}; what is Joyride's has the value 1. */
    int VALUE_LENGTH = 4;

    /** For ports that nobody shares: there is no map. */
    Steering NONE = new Steering() {
        @Override
        public boolean shared() {
            return false;
        }

        @Override
        public int map() throws NicException {
            throw new NicException("there is no steering map; open the port from a configured interface");
        }
    };

    /**
     * Whether Joyride uses the kernel's addresses: then a port that takes a frame away from the kernel takes only what the {@link #map}
     * holds, and the kernel answers all else. Otherwise the addresses are Joyride's own. A driver that cannot share refuses in
     * {@link NicDriver#open}.
     */
    boolean shared();

    /**
     * The descriptor of a BPF hash map that core keeps up to date: {@link #KEY_LENGTH} bytes of key, {@link #VALUE_LENGTH} of value. A key is
     * an address (16 bytes, IPv4 as {@code ::ffff:a.b.c.d}), a port (u16, network order), an IP protocol (u8) and a 0 byte. With port and
     * protocol 0 it says that the whole address is Joyride's, ARP for it included; else that this local port of this address
     * is, on an address shared with the kernel. ICMP errors that quote a packet sent from there belong to it.
     *
     * <p>Made when first asked for. It stays core's and open until the port is closed; a program that refers to it keeps the map itself.
     *
     * @throws NicException if this machine or user may not have one
     */
    int map() throws NicException;
}
