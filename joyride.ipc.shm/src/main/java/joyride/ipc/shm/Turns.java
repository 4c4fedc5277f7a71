package joyride.ipc.shm;

import java.util.Arrays;
import java.util.List;
import joyride.api.memory.Memory;

/**
 * What the loop's turns do for sockets: look at some of those that programs wrote to, and when the turn ends show and tell what it brought. Programs are
 * woken when all that waited was looked at: who wakes may take the loop's core at once, and is to find all of it. On the event loop; allocates only
 * where more sockets than ever have something to tell.
 */
final class Turns {
    /** Of all instances together, give or take a word of a bitmap: what a turn touches for them stays in a core's own cache until they are told. */
    static final int SOCKETS = 32;

    /** While more sockets wait than a turn looks at, programs are woken after so many turns. */
    static final int TURNS_A_WAKE = 16;

    private final List<ShmInstance> instances;

    /** Endpoints that have something to tell when the turn ends. */
    private ShmEndpoint[] later = new ShmEndpoint[256];

    private int laterCount;

    /** The instance that the next turn begins with: where the sockets of this one were enough. */
    private int first;

    /** Whether this turn left sockets for the next. */
    private boolean moreWaits;

    /** Turns since programs were woken. */
    private int unrung;

    Turns(final List<ShmInstance> instances) {
        this.instances = instances;
    }

    /** An endpoint has something to tell when the turn ends. */
    void later(final ShmEndpoint endpoint) {
        if (laterCount == later.length) {
            later = Arrays.copyOf(later, laterCount * 2);
        }
        later[laterCount++] = endpoint;
    }

    /** Carries out what programs asked for: calls and processes of all, sockets until it is enough for this turn. @return how much */
    int poll() {
        int done = 0;
        int left = SOCKETS;
        int at = first < instances.size() ? first : 0;
        for (int i = instances.size(); i > 0; i--) {
            if (left > 0) {
                first = at;
            }
            final ShmInstance instance = instances.get(at);
            done += poll(instance, Math.max(left, 0));
            left -= instance.looked();
            at = at + 1 < instances.size() ? at + 1 : 0;
        }
        moreWaits = left <= 0;
        return done;
    }

    private static int poll(final ShmInstance instance, final int most) {
        try {
            return instance.poll(most);
        } catch (final RuntimeException e) {
            instance.failed(e);
            return 1;
        }
    }

    /** Ends a turn. */
    void end() {
        for (int i = 0; i < instances.size(); i++) {
            instances.get(i).settle();
        }
        if (laterCount > 0) {
            // What was published in the turn comes before the look at who wants room, and what is shown here before the
            // look at who sleeps.
            Memory.fullFence();
            for (int i = 0; i < laterCount; i++) {
                settle(later[i], false);
            }
            Memory.fullFence();
            for (int i = 0; i < laterCount; i++) {
                settle(later[i], true);
            }
            laterCount = 0;
        }
        if (!moreWaits) {
            ring();
        } else if (++unrung >= TURNS_A_WAKE) {
            ring();
            first++;
        }
    }

    private static void settle(final ShmEndpoint endpoint, final boolean tell) {
        try {
            if (tell) {
                endpoint.tell();
            } else {
                endpoint.settle();
            }
        } catch (final RuntimeException e) {
            endpoint.instance().failed(e);
        }
    }

    /** Wakes whom turns told since the last time. */
    void ring() {
        unrung = 0;
        for (int i = 0; i < instances.size(); i++) {
            instances.get(i).readiness().ring();
        }
    }

    /** Forgets the endpoints, which are another's now. */
    void forget() {
        Arrays.fill(later, null);
        laterCount = 0;
    }
}
