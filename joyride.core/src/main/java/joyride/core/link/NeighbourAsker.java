package joyride.core.link;

/**
 * Who finds the neighbours of an interface that Joyride shares with the kernel: the kernel. Answers come as
 * {@link EthernetInterface#learned}, {@link EthernetInterface#failed} and {@link EthernetInterface#lost}.
 */
@FunctionalInterface
public interface NeighbourAsker {
    /** The address is in use and to be resolved, or to be looked after if it is known. On the event loop; returns at once. */
    void ask(long high, long low);
}
