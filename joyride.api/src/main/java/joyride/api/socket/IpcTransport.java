package joyride.api.socket;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A way by which applications reach the service: an OSGi service with the property {@link #TRANSPORT}. Core attaches it
 * to an event loop, polls it each turn there, and detaches it before it goes.
 */
@ConsumerType
public interface IpcTransport {
    /** Service property: the transport's name, such as {@code shm}. */
    String TRANSPORT = "ipc.transport";

    /** Takes up work on the loop behind {@code host}. On the loop, between two turns. */
    void attach(TransportHost host);

    /** Lets go of the loop: no call follows. Attached applications see the service gone unless a successor adopts them. On the loop. */
    void detach();

    /**
     * Carries out what applications asked for since the last turn. On the loop, each turn.
     *
     * @return how much was done; 0: nothing
     */
    int poll();

    /** Tells programs what the turn brought: sets their readiness and wakes sleepers. On the loop, at the end of a turn. */
    void flush();

    /** Called before the loop sleeps: from now on work from applications makes {@link #wakeDescriptors} readable. Then {@link #poll} once more. */
    void arm();

    /** The loop is awake again. */
    void disarm();

    /** Descriptors that poll readable on work while armed, valid until {@link #wakeGeneration} changes. */
    int[] wakeDescriptors();

    /** Changes whenever {@link #wakeDescriptors} does. */
    int wakeGeneration();
}
