package joyride.core.kernel;

import java.util.BitSet;
import joyride.api.net.IpAddress;

/** Which ports of a shared address Joyride may take for active opens: those that no socket of the kernel has. */
public final class KernelPorts {
    private static final System.Logger LOG = System.getLogger(KernelPorts.class.getName());

    private KernelPorts() {}

    /**
     * Those of {@code first..last}, which the kernel does not choose any more, that none of its sockets holds.
     *
     * @throws IllegalStateException if the kernel does not say
     */
    public static BitSet free(final IpAddress address, final int first, final int last) {
        final BitSet ports = new BitSet();
        ports.set(first, last + 1);
        final BitSet held = KernelSockets.held(address);
        held.and(ports);
        if (!held.isEmpty()) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "ports {0} of {1} stay the kernel''s: its sockets have them",
                    ReservedPorts.text(held),
                    address);
        }
        ports.andNot(held);
        return ports;
    }
}
