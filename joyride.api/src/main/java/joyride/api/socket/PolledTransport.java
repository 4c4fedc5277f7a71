package joyride.api.socket;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A transport whose applications live in the service itself: the loop polls it whenever it turns, and never sleeps waiting for it. What it does by itself
 * it does in {@link #poll}.
 */
@ConsumerType
public interface PolledTransport extends IpcTransport {
    /** Of length 0. */
    int[] NO_DESCRIPTORS = {};

    @Override
    default void flush() {}

    @Override
    default void arm() {}

    @Override
    default void disarm() {}

    @Override
    default int[] wakeDescriptors() {
        return NO_DESCRIPTORS;
    }

    @Override
    default int wakeGeneration() {
        return 0;
    }
}
