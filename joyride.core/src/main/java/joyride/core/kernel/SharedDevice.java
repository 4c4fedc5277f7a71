package joyride.core.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import joyride.api.net.IpAddress;
import joyride.api.nic.NicException;
import joyride.api.nic.Steering;
import joyride.core.ip.Ipv6;
import joyride.core.share.ClaimSink;
import joyride.linux.SystemError;
import joyride.linux.bpf.BpfException;
import joyride.linux.bpf.BpfLink;
import joyride.linux.bpf.BpfMap;
import joyride.linux.bpf.BpfProgram;
import joyride.linux.bpf.SteeringMap;
import joyride.linux.bpf.SteeringPrograms;

/**
 * A network device that the kernel and Joyride share: the map of what is Joyride's there, and the guard, a program where the kernel takes
 * frames in, which drops what the map holds. Drivers come and go before it; the kernel stays silent as long as this object is open. With
 * the process it goes too: then the kernel resets the peers of connections that nobody has any more.
 */
public final class SharedDevice implements Steering, ClaimSink, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(SharedDevice.class.getName());

    /** Some addresses with all ports of active opens. */
    private static final int ENTRIES = 1 << 17;

    private static final int TCP = 6;

    private final String name;
    private final SteeringMap map;
    private BpfMap counter;
    private BpfProgram guard;
    private BpfLink link;
    private boolean told;

    /**
     * Sets the guard up.
     *
     * @param name of the interface
     * @param index the kernel's number of the device
     * @throws NicException with what is missing: a privilege, or Linux 6.6
     */
    public SharedDevice(final String name, final int index) throws NicException {
        this.name = name;
        try {
            map = new SteeringMap("joyride_" + name, ENTRIES);
        } catch (final BpfException e) {
            throw refused(e);
        }
        try {
            counter = BpfMap.create("joyride_guard", BpfMap.ARRAY, Integer.BYTES, Long.BYTES, 1, 0);
            guard = SteeringPrograms.guard(map.descriptor(), counter.descriptor());
            guard(index);
        } catch (final BpfException e) {
            close();
            throw refused(e);
        }
    }

    private NicException refused(final BpfException e) {
        return new NicException(
                "interface " + name + " cannot share the kernel's addresses: " + e.getMessage()
                        + "; it takes Linux 6.6 and root (CAP_BPF, CAP_NET_ADMIN)",
                e);
    }

    /** Guards a device from now on: the one of this name was made anew. */
    public void move(final int index) throws NicException {
        link.close();
        try {
            guard(index);
        } catch (final BpfException e) {
            throw refused(e);
        }
    }

    private void guard(final int index) throws BpfException {
        link = BpfLink.ingress(guard, index);
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public int map() {
        return map.descriptor();
    }

    /** Frames of Joyride's that the guard kept from the kernel. */
    public long guarded() {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            final MemorySegment value = arena.allocate(ValueLayout.JAVA_LONG);
            return counter.get(key.address(), value.address()) < 0 ? -1 : value.get(ValueLayout.JAVA_LONG, 0);
        }
    }

    /** Makes ports for active opens Joyride's, one entry each, once. */
    public void claimAll(final IpAddress address, final BitSet ports) {
        check(map.addAll(Ipv6.wire(address.high()), address.low(), TCP, ports), address.high(), address.low(), TCP, 0);
    }

    /** Gives them back to the kernel. */
    public void unclaimAll(final IpAddress address, final BitSet ports) {
        check(
                map.removeAll(Ipv6.wire(address.high()), address.low(), TCP, ports),
                address.high(),
                address.low(),
                TCP,
                0);
    }

    @Override
    public void claim(final long high, final long low, final int protocol, final int port) {
        check(map.add(Ipv6.wire(high), low, protocol, port), high, low, protocol, port);
    }

    @Override
    public void unclaim(final long high, final long low, final int protocol, final int port) {
        check(map.remove(Ipv6.wire(high), low, protocol, port), high, low, protocol, port);
    }

    private void check(final int result, final long high, final long low, final int protocol, final int port) {
        if (result < 0 && !told) {
            told = true; // once: this may be the loop
            LOG.log(
                    System.Logger.Level.ERROR,
                    "interface {0}: port {1} of {2}, protocol {3}, is not steered as it should be: {4}",
                    name,
                    Integer.toString(port),
                    new IpAddress(high, low),
                    protocol,
                    SystemError.text(-result));
        }
    }

    /** The kernel answers for everything again. */
    @Override
    public void close() {
        if (link != null) {
            link.close();
        }
        if (guard != null) {
            guard.close();
        }
        if (counter != null) {
            counter.close();
        }
        map.close();
    }
}
