package joyride.core.service;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import joyride.api.net.IpAddress;
import joyride.api.nic.NicException;
import joyride.api.nic.Steering;
import joyride.linux.SystemError;
import joyride.linux.bpf.BpfException;
import joyride.linux.bpf.SteeringMap;

/** What of a device's traffic is Joyride's where its addresses are Joyride's own: all that is for them. Configuration threads. */
final class OwnAddresses implements Steering, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(OwnAddresses.class.getName());
    private static final int ENTRIES = 4096;

    private final String name;
    private final Set<IpAddress> addresses = new LinkedHashSet<>();
    private SteeringMap map;

    /** @param name of the interface */
    OwnAddresses(final String name) {
        this.name = name;
    }

    synchronized void add(final IpAddress address) {
        addresses.add(address);
        if (map != null) {
            check(address, map.add(address.high(), address.low()));
        }
    }

    synchronized void remove(final IpAddress address) {
        if (addresses.remove(address) && map != null) {
            check(address, map.remove(address.high(), address.low()));
        }
    }

    /** Of IPv6 these and no others: as they are on the wire. */
    synchronized void retainIpv6(final Set<IpAddress> wanted) {
        final Set<IpAddress> wire = new LinkedHashSet<>();
        wanted.forEach(address -> wire.add(address.inZone(0)));
        for (final IpAddress old : List.copyOf(addresses)) {
            if (!old.isV4() && !wire.contains(old)) {
                remove(old);
            }
        }
        for (final IpAddress address : wire) {
            if (!addresses.contains(address)) {
                add(address);
            }
        }
    }

    private void check(final IpAddress address, final int result) {
        if (result < 0) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0}: {1} is not steered as configured: {2}",
                    name,
                    address,
                    SystemError.text(-result));
        }
    }

    @Override
    public boolean shared() {
        return false;
    }

    @Override
    public synchronized int map() throws NicException {
        if (map == null) {
            try {
                map = new SteeringMap("joyride_" + name, ENTRIES);
            } catch (final BpfException e) {
                throw new NicException(e.getMessage(), e);
            }
            for (final IpAddress address : addresses) {
                check(address, map.add(address.high(), address.low()));
            }
        }
        return map.descriptor();
    }

    @Override
    public synchronized void close() {
        if (map != null) {
            map.close();
            map = null;
        }
    }
}
