package joyride.nic.wire;

import java.lang.foreign.Arena;
import joyride.api.net.MacAddress;
import joyride.api.time.Clock;
import joyride.api.time.RandomSource;

/**
 * Two ports and what lies between them, in memory. Both ends may be on one event loop or each on its own; the frames change
 * loops by a hand-over from one thread to one other.
 *
 * <p>Each port has a fixed number of frames. When the wire closes, all must be there again.
 */
public final class Wire implements AutoCloseable {
    /** Of the MAC addresses that ports get unless told otherwise: locally administered. */
    private static final long MAC_PREFIX = 0x0200_5700_0000L;

    private static final int ETHERNET_HEADER = 14;

    private final String name;
    private final int mtu;
    private final Arena arena = Arena.ofShared();
    private final RandomSource random;
    private final WirePort a;
    private final WirePort b;
    private Runnable whenUnused;
    private boolean closed;

    /**
     * A wire whose ends are both open.
     *
     * @param mtu largest IP packet, bytes
     * @param frames of each port
     * @param clock of both loops
     * @param random decides about faults
     */
    public Wire(
            final String name,
            final int mtu,
            final int frames,
            final Faults faults,
            final Clock clock,
            final RandomSource random) {
        this(name, mtu, frames, clock, random);
        faults(faults, faults);
        a.open(name + "-a", defaultMac(true));
        b.open(name + "-b", defaultMac(false));
    }

    /** A wire whose ends are closed. */
    Wire(final String name, final int mtu, final int frames, final Clock clock, final RandomSource random) {
        this.name = name;
        this.mtu = mtu;
        this.random = random;
        final Lane ab = lane(true, frames, clock);
        final Lane ba = lane(false, frames, clock);
        a = new WirePort(this, true, ab, ba);
        b = new WirePort(this, false, ba, ab);
    }

    private Lane lane(final boolean fromA, final int frames, final Clock clock) {
        final FramePool pool =
                new FramePool("wire " + name + " end " + (fromA ? "a" : "b"), arena, frames, mtu + ETHERNET_HEADER);
        return new Lane(fromA, pool, arena, clock, new FaultDice(Faults.NONE, random));
    }

    public String name() {
        return name;
    }

    public int mtu() {
        return mtu;
    }

    public WirePort a() {
        return a;
    }

    public WirePort b() {
        return b;
    }

    /** Changes what befalls frames from now on; those on the way stay as they are. While both loops stand still, or on the one loop. */
    public void faults(final Faults fromA, final Faults fromB) {
        a.out().dice(new FaultDice(fromA, random));
        b.out().dice(new FaultDice(fromB, random));
    }

    /**
     * A black hole: frames longer than {@code bytes} vanish without a word, as on a path whose smallest link does not tell of its MTU. While both loops
     * stand still, or on the one loop.
     */
    public void longest(final int bytes) {
        a.out().longest(bytes);
        b.out().longest(bytes);
    }

    /** Makes both ports complete checksums on transmit and vouch for those of intact frames. Before the ports are attached. */
    public void offload(final boolean on) {
        a.out().offload(on);
        b.out().offload(on);
    }

    /** Shows every frame to {@code tap}; null: none. While both loops stand still, or on the one loop. */
    public void tap(final WireTap tap) {
        a.out().tap(tap);
        b.out().tap(tap);
    }

    /** Frames on the way, both directions. While both loops stand still. */
    public int onTheWay() {
        return a.out().onTheWay() + b.out().onTheWay();
    }

    /** Frames that some loop holds: none between two turns. While both loops stand still. */
    public int framesHeld() {
        return a.out().pool().missing() + b.out().pool().missing();
    }

    /** The MAC address of an end that is not told another. */
    MacAddress defaultMac(final boolean endA) {
        return new MacAddress(MAC_PREFIX | (name.hashCode() & 0x7f_ffffL) << 1 | (endA ? 0 : 1));
    }

    /** Called once when both ends are closed, with this wire's memory already gone. */
    synchronized void whenUnused(final Runnable action) {
        whenUnused = action;
    }

    /** Opens an end that is closed. @return null if there is none */
    synchronized WirePort open(final String portName, final MacAddress mac, final Faults faults) {
        if (closed || (a.isOpen() && b.isOpen())) {
            return null;
        }
        final WirePort port = a.isOpen() ? b : a;
        port.out().dice(new FaultDice(faults, random));
        port.open(portName, mac == null ? defaultMac(port == a) : mac);
        return port;
    }

    synchronized void close(final WirePort port) {
        if (closed || !port.isOpen()) {
            return;
        }
        port.shut();
        if (!a.isOpen() && !b.isOpen()) {
            closed = true;
            try {
                final int held = framesHeld();
                if (held > 0) {
                    throw new IllegalStateException("wire " + name + ": " + held + " of "
                            + 2 * a.out().pool().frames() + " frames were never given back");
                }
            } finally {
                a.out().wake().close();
                b.out().wake().close();
                arena.close();
                if (whenUnused != null) {
                    whenUnused.run();
                }
            }
        }
    }

    /**
     * Closes both ends.
     *
     * @throws IllegalStateException if frames were never given back
     */
    @Override
    public void close() {
        close(a);
        close(b);
    }
}
