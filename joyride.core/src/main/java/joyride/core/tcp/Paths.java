package joyride.core.tcp;

import joyride.core.ip.IpOutput;
import joyride.core.ip.Path;

/**
 * Paths that connections share: all between the same two addresses have one. Only the last few hundred are found again; a connection whose
 * path was forgotten here keeps it. On the event loop.
 */
final class Paths {
    private static final int KEPT = 1024;

    private final IpOutput ip;
    private final Path[] paths = new Path[KEPT];

    /** By place: the generation in which the path was made. One that was resolved anew since may have a source that is gone. */
    private final int[] generations = new int[KEPT];

    /** By place: whether the source was left to the routes. */
    private final boolean[] anySource = new boolean[KEPT];

    Paths(final IpOutput ip) {
        this.ip = ip;
    }

    /** As {@link IpOutput#path}. */
    Path find(final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        final boolean any = (sourceHigh | sourceLow) == 0;
        final int place = place(sourceHigh, sourceLow, destinationHigh, destinationLow);
        final Path known = paths[place];
        if (known != null
                && known.destinationLow == destinationLow
                && known.destinationHigh == destinationHigh
                && (any
                        ? anySource[place]
                        : !anySource[place] && known.sourceLow == sourceLow && known.sourceHigh == sourceHigh)
                && known.out != null
                && known.generation == generations[place]
                && ip.fresh(known)) {
            return known;
        }
        final Path made = ip.path(sourceHigh, sourceLow, destinationHigh, destinationLow);
        paths[place] = made;
        if (made != null) {
            generations[place] = made.generation;
            anySource[place] = any;
        }
        return made;
    }

    private static int place(
            final long sourceHigh, final long sourceLow, final long destinationHigh, final long destinationLow) {
        long mixed = (sourceHigh * 31 + sourceLow) * 31 + destinationHigh;
        mixed = (mixed * 31 + destinationLow) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 32) & KEPT - 1;
    }
}
