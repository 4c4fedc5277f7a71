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

    /**
     * Runs its code, and that of the stack behind it, with programs that it makes up, on private transports of its own kind on {@code stage}, until the
     * stage says that it is enough: what comes new starts interpreted. On a thread of its own, never the loop's: before it takes over from
     * another, after the service's start, and for what the stack is made of before that is replaced, while it may be in service itself.
     * Nothing of it shows outside. What it throws keeps who rehearses from taking over.
     */
    default void rehearse(final RehearsalStage stage) {}

    /** Takes up work on the loop behind {@code host}. On the loop, between two turns. */
    void attach(TransportHost host);

    /** Lets go of the loop and of its applications, which see the service gone: no call follows. On the loop. */
    void detach();

    /**
     * Lets go of the loop, and leaves the applications to a successor: no call follows, and no program is told anything. On the loop,
     * between two turns, while nothing of its sockets is on its way inside core. If it throws it is detached.
     *
     * @return what the successor needs; null: it has no way to leave them, and has done what {@link #detach} does
     */
    default Attachments release() {
        detach();
        return null;
    }

    /**
     * Takes up work in place of {@link #attach} where another transport, perhaps another version of this one, left it:
     * {@link Socket#exchange} puts its endpoints in place. On the loop, between two turns.
     *
     * @throws RuntimeException in one line why it cannot: it has kept nothing, and the applications are as they were
     */
    default void adopt(final TransportHost host, final Attachments left) {
        throw new UnsupportedOperationException("it does not take over applications of another transport");
    }

    /**
     * Carries out what applications asked for since the last turn. On the loop, each turn.
     *
     * @return how much was done; 0: nothing
     */
    int poll();

    /** Tells programs what the turn brought: sets their readiness and wakes sleepers. On the loop, at the end of a turn. */
    void flush();

    /**
     * Where the loop runs, while it carries frames of a NIC: programs' peers are elsewhere then, and where cores are scarce a program
     * that waits does best beside the loop. On the loop; the same again means nothing new.
     *
     * @param idle whether it has nothing to do at the moment and looks on
     * @param cpu where it looked on last; -1: there is no better place for a program
     */
    default void place(final boolean idle, final int cpu) {}

    /**
     * A CPU, another than that of {@link #place}, on which a program's thread lately looked on for what the loop would bring; -1: none is
     * known. What a program says, and says once: a hint. On the loop, when it has to share its own with strangers.
     */
    default int waitingCpu() {
        return -1;
    }

    /** Called before the loop sleeps: from now on work from applications makes {@link #wakeDescriptors} readable. Then {@link #poll} once more. */
    void arm();

    /** One of {@link #wakeDescriptors} was readable when the loop's sleep ended. On the loop, before {@link #disarm}. */
    default void woken() {}

    /** The loop is awake again. */
    void disarm();

    /** Descriptors that poll readable on work while armed, valid until {@link #wakeGeneration} changes. */
    int[] wakeDescriptors();

    /** Changes whenever {@link #wakeDescriptors} does. */
    int wakeGeneration();
}
