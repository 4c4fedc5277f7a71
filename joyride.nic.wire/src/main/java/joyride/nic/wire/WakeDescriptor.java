package joyride.nic.wire;

import java.lang.invoke.VarHandle;
import joyride.linux.Descriptors;
import joyride.linux.EventDescriptor;

/**
 * An eventfd by which a sending loop wakes the receiving one. The receiver arms it before it sleeps and polls once more; a sender
 * that finds it armed signals once. While nobody sleeps it costs a look at a flag.
 */
final class WakeDescriptor {
    private volatile int descriptor = -1;
    private volatile boolean armed;
    private volatile boolean signalled;

    /** The descriptor, made when first asked for; -1 if the system has none left: the queue is then polled. By the receiver. */
    int descriptor() {
        if (descriptor < 0) {
            descriptor = EventDescriptor.open();
        }
        return descriptor;
    }

    /** The receiver is about to sleep; it polls once more after this. */
    void arm() {
        if (descriptor() >= 0) {
            armed = true;
            VarHandle.fullFence();
        }
    }

    /** The receiver polled: what was signalled is taken back. @param busy whether it found frames, and need not be woken */
    void polled(final boolean busy) {
        if (busy && armed) {
            armed = false;
        }
        if (signalled) {
            signalled = false;
            EventDescriptor.drain(descriptor);
        }
    }

    /** The sender handed frames over. */
    void signal() {
        if (descriptor < 0) {
            return;
        }
        VarHandle.fullFence();
        if (armed) {
            armed = false;
            // A full one refuses: it is in the state wanted.
            EventDescriptor.signal(descriptor);
            signalled = true;
        }
    }

    /** Both loops are done. */
    void close() {
        if (descriptor >= 0) {
            Descriptors.close(descriptor);
            descriptor = -1;
        }
    }
}
