package joyride.nic.dpdk;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.nic.NicEvents;

/** What a port has told. */
final class Heard implements NicEvents {
    private final AtomicInteger changes = new AtomicInteger();
    private final AtomicReference<String> failure = new AtomicReference<>("");

    @Override
    public void failed(final String reason) {
        failure.set(reason);
    }

    @Override
    public void changed() {
        changes.incrementAndGet();
    }

    int changes() {
        return changes.get();
    }

    String failure() {
        return failure.get();
    }

    /** Waits for another change than the first {@code before}. */
    void awaitChange(final String what, final int before) {
        Ports.await(what, () -> changes() > before);
    }
}
