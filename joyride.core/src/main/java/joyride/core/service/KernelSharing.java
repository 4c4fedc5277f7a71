package joyride.core.service;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.nic.NicException;
import joyride.api.socket.TransportHost.PolicyRule;
import joyride.core.engine.Engine;
import joyride.core.ip.Ipv6;
import joyride.core.ip.NetworkLayer;
import joyride.core.kernel.KernelFollower;
import joyride.core.kernel.KernelNeighbour;
import joyride.core.kernel.KernelPorts;
import joyride.core.kernel.KernelSnapshot;
import joyride.core.kernel.KernelView;
import joyride.core.kernel.ReservedPorts;
import joyride.core.kernel.SharedDevice;
import joyride.core.link.EthernetInterface;
import joyride.core.service.CoreConfiguration.PortRange;

/**
 * The interfaces that use the kernel's addresses: their addresses, routes, neighbours and MTU follow the kernel, and the kernel stays
 * silent where Joyride answers. On configuration threads, one at a time, but for what the follower's thread tells.
 */
final class KernelSharing implements KernelFollower.Listener, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(KernelSharing.class.getName());
    private static final long FIRST_MILLIS = 5_000;

    /** A shared interface, and what of the kernel it has now. */
    private static final class Share {
        private final EthernetInterface ethernet;
        private final SharedDevice device;
        private int index;
        private KernelView view;
        private int mtu;
        private final Map<IpAddress, BitSet> ranges = new LinkedHashMap<>();

        Share(final EthernetInterface ethernet, final SharedDevice device) {
            this.ethernet = ethernet;
            this.device = device;
        }
    }

    private final Engine engine;
    private final LoopCalls calls;
    private final Path record;
    private final Runnable changed;
    private final Runnable again;
    private final Map<String, Share> shares = new LinkedHashMap<>();
    private volatile Map<Integer, EthernetInterface> byIndex = Map.of();
    private volatile KernelSnapshot snapshot = KernelSnapshot.EMPTY;
    private volatile KernelFollower follower;
    private ReservedPorts reserved;
    private PortRange range = PortRange.STANDARD;

    /**
     * @param record where reserved ports are written down; null: nowhere
     * @param changed runs when links, addresses or routes have changed; on the follower's thread
     * @param again runs when the follower has failed; on its thread
     */
    KernelSharing(
            final Engine engine,
            final LoopCalls calls,
            final Path record,
            final Runnable changed,
            final Runnable again) {
        this.engine = engine;
        this.calls = calls;
        this.record = record;
        this.changed = changed;
        this.again = again;
        ReservedPorts.cleanUp(ReservedPorts.SYSCTL, record);
    }

    /** Sets the ports of active opens; in use from the next time on that no interface is shared. */
    void range(final PortRange wanted) {
        if (shares.isEmpty()) {
            range = wanted;
        } else if (!wanted.equals(range)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "share.ports stays {0} while an interface is shared; {1} takes effect when none is",
                    range,
                    wanted);
        }
    }

    @Override
    public void changed(final KernelSnapshot now) {
        snapshot = now;
        changed.run();
    }

    @Override
    public void neighbour(final KernelNeighbour now) {
        final EthernetInterface ethernet = byIndex.get(now.device());
        if (ethernet == null) {
            return;
        }
        final long high = now.address().high();
        final long low = now.address().low();
        switch (now.state()) {
            case USABLE -> engine.execute(() -> ethernet.neighbours().learned(high, low, now.mac()));
            case FAILED -> engine.execute(() -> ethernet.neighbours().failed(high, low));
            case UNKNOWN -> engine.execute(() -> ethernet.neighbours().lost(high, low));
        }
    }

    @Override
    public void ended() {
        again.run();
    }

    // --- interfaces

    /**
     * Puts the guard in place, which as yet keeps nothing from the kernel.
     *
     * @return whether the device is another one than before, of the same name
     * @throws NicException if there is no such device, or no privilege; then nothing of it is shared
     */
    boolean prepare(final ServedInterface served) throws NicException {
        try {
            begin();
        } catch (final NicException e) {
            if (!shares.containsKey(served.name())) {
                throw e;
            }
            // What is known of the kernel holds until it can be followed again.
            LOG.log(System.Logger.Level.WARNING, "interface {0}: {1}", served.name(), e.getMessage());
        }
        final KernelView view = view(served);
        Share share = shares.get(served.name());
        if (share == null) {
            share = open(served, view);
        } else if (share.index != view.index()) {
            share.device.move(view.index());
        }
        final boolean another = share.index != view.index();
        if (another) {
            share.index = view.index();
            ask(share);
        }
        return another;
    }

    private Share open(final ServedInterface served, final KernelView view) throws NicException {
        reserve();
        try {
            final Share share = new Share(served.ethernet, new SharedDevice(served.name(), view.index()));
            shares.put(served.name(), share);
            served.shared = share.device;
            return share;
        } finally {
            giveBackIfUnused();
        }
    }

    private void giveBackIfUnused() {
        if (shares.isEmpty() && reserved != null) {
            reserved.close();
            reserved = null;
        }
    }

    private KernelView view(final ServedInterface served) throws NicException {
        final String device = served.configuration.device();
        final KernelView view = snapshot.devices().get(device);
        if (view == null) {
            throw new NicException("there is no network device '" + device + "'; create it, or set interface."
                    + served.name() + ".device to one of " + snapshot.devices().keySet());
        }
        return view;
    }

    /** Makes the interface be as the kernel's device is, and claims what programs hold there. */
    void follow(final ServedInterface served) throws NicException {
        final KernelView view = view(served);
        final Share share = shares.get(served.name());
        if (share == null) {
            return; // the device went in this moment; its end was told, or will be
        }
        final int mtu = Math.min(served.configuration.mtu(), view.mtu());
        if (!view.equals(share.view) || mtu != share.mtu) {
            apply(served.name(), share, view, Math.max(mtu, NetworkLayer.MIN_MTU));
        }
    }

    /** The first shared interface: what all of them need. */
    private void begin() throws NicException {
        if (follower != null && follower.hasEnded()) {
            follower.close();
            follower = null;
        }
        if (follower == null) {
            try {
                follower = new KernelFollower(this);
            } catch (final IllegalStateException e) {
                throw new NicException("the kernel's network cannot be followed: " + e.getMessage(), e);
            }
        }
        if (!follower.awaitFirst(FIRST_MILLIS) || follower.hasEnded()) {
            throw new NicException("the kernel did not tell of its network in " + FIRST_MILLIS + " ms; tried again");
        }
    }

    /** Once for all shared interfaces. */
    private void reserve() throws NicException {
        if (reserved == null) {
            try {
                reserved = ReservedPorts.take(ReservedPorts.SYSCTL, record, range.first(), range.last());
            } catch (final IOException e) {
                throw new NicException(
                        "ports " + range + " cannot be reserved in " + ReservedPorts.SYSCTL + " (" + e.getMessage()
                                + "); sharing the kernel's addresses takes root",
                        e);
            }
            final PortRange now = range;
            calls.run("share.ports", () -> engine.claims().range(now.first(), now.last()));
        }
    }

    private void ask(final Share share) {
        final int index = share.index;
        calls.run(share.ethernet.name(), () -> {
            share.ethernet.zone(index);
            share.ethernet.share((high, low) -> ask(index, high, low));
        });
        index();
    }

    /** On the event loop. */
    private void ask(final int index, final long high, final long low) {
        final KernelFollower now = follower;
        if (now != null) {
            now.ask(index, high, low);
        }
    }

    private void index() {
        final Map<Integer, EthernetInterface> all = new HashMap<>();
        shares.values().forEach(share -> all.put(share.index, share.ethernet));
        byIndex = Map.copyOf(all);
    }

    private void apply(final String name, final Share share, final KernelView view, final int mtu) throws NicException {
        final List<IpPrefix> addresses = view.addresses().stream()
                .filter(prefix -> isUnicast(prefix.address()))
                .toList();
        final Map<IpAddress, BitSet> added = new LinkedHashMap<>();
        final Map<IpAddress, BitSet> removed = new LinkedHashMap<>(share.ranges);
        for (final IpPrefix prefix : addresses) {
            if (removed.remove(prefix.address()) == null) {
                added.put(prefix.address(), free(prefix.address()));
            }
        }
        removed.keySet()
                .removeAll(calls.call(
                        name,
                        () -> removed.keySet().stream()
                                .filter(address -> engine.claims().inUse(address.high(), address.low()))
                                .toList()));
        added.forEach(share.device::claimAll);
        calls.run(name, () -> {
            removed.keySet().forEach(address -> engine.claims().remove(address.high(), address.low()));
            engine.network().addressing().follow(share.ethernet, addresses, view.routes());
            engine.network().mtu(share.ethernet, mtu);
            added.forEach(
                    (address, ports) -> engine.claims().add(address.high(), address.low(), bits(ports), share.device));
        });
        removed.forEach((address, ports) -> {
            share.device.unclaimAll(address, ports);
            share.ranges.remove(address);
        });
        share.ranges.putAll(added);
        share.view = view;
        share.mtu = mtu;
        LOG.log(
                System.Logger.Level.INFO,
                "interface {0} follows the kernel: addresses {1}, {2} routes, MTU {3}",
                name,
                addresses,
                view.routes().size(),
                Integer.toString(mtu));
    }

    private BitSet free(final IpAddress address) throws NicException {
        try {
            return KernelPorts.free(address, range.first(), range.last());
        } catch (final IllegalStateException e) {
            throw new NicException(
                    "the kernel does not tell which ports of " + address + " it uses: " + e.getMessage(), e);
        }
    }

    private static boolean isUnicast(final IpAddress address) {
        if (address.isAny() || address.isMulticast()) {
            return false;
        }
        return address.isV4()
                ? address.v4Bits() != -1 && address.v4Bits() >>> 24 != 127
                : !Ipv6.isLoopback(address.high(), address.low());
    }

    private static long[] bits(final BitSet ports) {
        final long[] bits = new long[1024];
        final long[] set = ports.toLongArray();
        System.arraycopy(set, 0, bits, 0, set.length);
        return bits;
    }

    /** The interface shares nothing any more; it has no port. */
    void release(final ServedInterface served) {
        final Share share = shares.remove(served.name());
        if (share == null) {
            return;
        }
        served.shared = null;
        index();
        try {
            calls.run(served.name(), () -> {
                share.ranges.keySet().forEach(address -> engine.claims().remove(address.high(), address.low()));
                engine.network().addressing().follow(share.ethernet, List.of(), List.of());
                share.ethernet.share(null);
            });
        } finally {
            share.device.close();
        }
        giveBackIfUnused();
    }

    /** What the kernel's routes make Joyride's, by the devices that are shared now. */
    List<PolicyRule> policy(final Set<String> devices) {
        return shares.isEmpty() ? List.of() : KernelPolicy.of(snapshot, devices);
    }

    /** What the guards kept from the kernel, by interface. */
    Map<String, Long> guarded() {
        final Map<String, Long> all = new LinkedHashMap<>();
        shares.forEach((name, share) -> all.put(name, share.device.guarded()));
        return all;
    }

    /** After all interfaces were released. */
    @Override
    public void close() {
        if (follower != null) {
            follower.close();
            follower = null;
        }
        if (reserved != null) {
            reserved.close();
            reserved = null;
        }
    }
}
