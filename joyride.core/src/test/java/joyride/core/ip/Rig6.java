package joyride.core.ip;

import java.util.ArrayList;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;

/** A {@link Rig} with 2001:db8::1/64 beside its IPv4 address, and what a test asks of it. */
public final class Rig6 implements AutoCloseable {
    public final Rig rig;

    public Rig6() {
        this(1500);
    }

    public Rig6(final int mtu) {
        rig = new Rig(mtu, 1);
        rig.network.addressing().add(rig.ethernet, IpPrefix.parse("2001:db8::1/64"));
        rig.turn();
        // Until duplicate address detection, reports and announcements are over.
        rig.sleep(10_000);
        clear();
    }

    public void clear() {
        rig.port.sent.clear();
        rig.port.sentFlags.clear();
    }

    /** Makes the peer's addresses known. */
    public void resolvePeer() {
        for (final IpAddress peer : List.of(Frames6.PEER, Frames6.PEER_LINK)) {
            final byte[] mac = Frames6.option(1, Rig.PEER_MAC);
            rig.arrive(Frames6.solicitation(peer, Frames6.ADDRESS, Frames6.ADDRESS, mac));
            rig.arrive(Frames6.advertisement(peer, Frames6.ADDRESS, 0x60, peer, Rig.PEER_MAC));
        }
        clear();
    }

    public Path path(final IpAddress destination) {
        return rig.path(destination);
    }

    /** Sends a probe packet of {@code length} bytes. */
    public void send(final Path path, final int length) {
        final long at = rig.output.allocate(path, length);
        rig.output.send(path, at, length, Rig.PROBE, 0, 64, false, 0);
        rig.turn();
    }

    /** The frames sent so far that are ICMPv6 of this type. */
    public List<byte[]> sent(final int type) {
        final List<byte[]> of = new ArrayList<>();
        for (final byte[] frame : rig.port.sent) {
            if (Frames6.isIcmp(frame, type)) {
                of.add(frame);
            }
        }
        return of;
    }

    /** The link-local address, as it is on the wire. */
    public IpAddress linkLocal() {
        return rig.ethernet.addresses().stream()
                .map(IpPrefix::address)
                .filter(a -> Ipv6.isLinkLocal(a.high()))
                .map(a -> new IpAddress(Ipv6.wire(a.high()), a.low()))
                .findFirst()
                .orElseThrow();
    }

    public String neighbour(final IpAddress address) {
        return rig.ethernet.neighbours().views().stream()
                .filter(n -> n.address().startsWith(address.toString()))
                .map(n -> n.state())
                .findFirst()
                .orElse("-");
    }

    @Override
    public void close() {
        rig.close();
    }
}
