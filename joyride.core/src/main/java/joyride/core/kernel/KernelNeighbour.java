package joyride.core.kernel;

import joyride.api.net.IpAddress;

/**
 * A neighbour as the kernel has it.
 *
 * @param device the kernel's number of it
 * @param mac in the low 48 bits; what {@link #state} says decides whether it counts
 */
public record KernelNeighbour(int device, IpAddress address, long mac, State state) {
    /** What it is good for. */
    public enum State {
        /** Packets may go there. */
        USABLE,
        /** It does not answer. */
        FAILED,
        /** The kernel asks, or has forgotten it. */
        UNKNOWN
    }
}
