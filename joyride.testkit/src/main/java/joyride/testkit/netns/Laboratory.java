package joyride.testkit.netns;

import java.io.IOException;
import java.nio.file.Path;
import joyride.nic.wire.Faults;

/**
 * Two hosts, each a network namespace, and a cable between their NICs: a veth pair, or two with a faulty wire in the middle.
 * The host here has the NIC that is Joyride's ({@link #OURS}), the one there is a stranger on the kernel's stack.
 */
public final class Laboratory implements AutoCloseable {
    /** The name of the NIC here. */
    public static final String OURS = "joy0";

    /** The name of the NIC there. */
    public static final String THEIRS = "eth0";

    private final Namespace here = Namespace.create();
    private final Namespace there = Namespace.create();
    private final Veth ours = new Veth(here, OURS);
    private final Veth theirs = new Veth(there, THEIRS);
    private Namespace middle;
    private FaultWire wire;
    private Path log;

    private Laboratory() throws IOException {}

    /**
     * A cable that loses nothing. Frames that come from there are finished; what the kernel sends from here keeps its offloads.
     *
     * @param mtu bytes of an IP packet
     * @param queues receive and transmit queues of each NIC
     */
    public static Laboratory create(final int mtu, final int queues) throws IOException, InterruptedException {
        final Laboratory laboratory = new Laboratory();
        try {
            laboratory.connect(mtu, queues);
        } catch (final IOException | InterruptedException | RuntimeException e) {
            laboratory.close();
            throw e;
        }
        return laboratory;
    }

    /**
     * A cable that can have faults, none at first.
     *
     * @param log what the wire says goes there
     */
    public static Laboratory create(final Path log) throws IOException, InterruptedException {
        final Laboratory laboratory = new Laboratory();
        try {
            laboratory.log = log;
            laboratory.middle = Namespace.create();
            laboratory.plug();
            Veth.pair(laboratory.theirs, new Veth(laboratory.middle, "right"), 1500, 1);
            laboratory.theirs.finishFrames();
            laboratory.faults(Faults.NONE, 0);
        } catch (final IOException | InterruptedException | RuntimeException e) {
            laboratory.close();
            throw e;
        }
        return laboratory;
    }

    private void connect(final int mtu, final int queues) throws IOException, InterruptedException {
        Veth.pair(ours, theirs, mtu, queues);
        theirs.offload(false, "tx");
    }

    private void plug() throws IOException, InterruptedException {
        Veth.pair(ours, new Veth(middle, "left"), 1500, 1);
        ours.finishFrames();
    }

    /**
     * Gives the cable these faults, the same both ways. What is on the way is lost.
     *
     * @param seed the same seed and the same frames, the same faults
     */
    public void faults(final Faults faults, final long seed) throws IOException, InterruptedException {
        if (middle == null) {
            throw new IllegalStateException("this cable has no faults");
        }
        unplug();
        wire = FaultWire.start(middle, "left", "right", faults, seed, log);
    }

    private void unplug() {
        if (wire != null) {
            wire.close();
            wire = null;
        }
    }

    /** The host with Joyride's NIC. */
    public Namespace here() {
        return here;
    }

    /** The host of strangers. */
    public Namespace there() {
        return there;
    }

    public Veth ours() {
        return ours;
    }

    public Veth theirs() {
        return theirs;
    }

    /** What the wire in the middle did since it has its faults, for people; ends it. */
    public String report() throws IOException {
        final FaultWire last = wire;
        unplug();
        return last == null ? "" : last.report();
    }

    /** Takes the NIC here away, as if it was pulled out; of a cable that can have faults, so that the other end stays. */
    public void remove() throws IOException, InterruptedException {
        unplug();
        ours.remove();
    }

    /** Puts a new NIC in the place of the removed one, of the same name, without addresses, with another MAC address. */
    public void replace() throws IOException, InterruptedException {
        plug();
        faults(Faults.NONE, 0);
    }

    @Override
    public void close() {
        unplug();
        here.close();
        there.close();
        if (middle != null) {
            middle.close();
        }
    }
}
