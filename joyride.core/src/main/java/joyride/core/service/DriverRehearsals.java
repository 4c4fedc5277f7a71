package joyride.core.service;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import joyride.api.nic.NicDriver;

/** Drivers that have shown that they work before they replace another. Any thread but an event loop's. */
final class DriverRehearsals {
    private static final long SECONDS = 20;

    private final Set<NicDriver> passed =
            Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    /** Rehearses a driver that has not yet; blocks meanwhile. @return null, or why it is not put in service, one line */
    String failure(final Candidate<NicDriver> candidate) {
        if (passed.contains(candidate.service())) {
            return null;
        }
        try {
            Bounded.call("rehearsal of " + candidate.name(), SECONDS, () -> {
                candidate.service().rehearse();
                return null;
            });
        } catch (final TimeoutException e) {
            return text(candidate) + "its rehearsal has not ended in " + SECONDS + " s";
        } catch (final Exception | LinkageError | AssertionError e) {
            return text(candidate) + "in its rehearsal it threw " + e;
        }
        passed.add(candidate.service());
        return null;
    }

    private static String text(final Candidate<NicDriver> candidate) {
        return "driver " + PortSwap.text(candidate) + " is not put in service: ";
    }

    /** The driver has gone. */
    void forget(final NicDriver driver) {
        passed.remove(driver);
    }
}
