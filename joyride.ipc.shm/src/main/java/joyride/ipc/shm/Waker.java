package joyride.ipc.shm;

import joyride.linux.Sockets;
import joyride.linux.TimerDescriptor;

/**
 * What makes a sleeping program's descriptor readable. The descriptor is the program's, which may do to it what it likes: so
 * only those are taken on which the service's call never waits. A timer's ticks are set by an ioctl that takes a spin lock and
 * no more; MSG_DONTWAIT holds whatever the file's flags say, and a stream socket whose peer has no name has a program's end of a
 * pair for its other end, not a third party that would hear from the service in the program's stead. An eventfd would not do: its
 * write waits when the program has filled the counter and cleared O_NONBLOCK. On the event loop.
 */
final class Waker {
    /** Marks a number as a socket's. */
    private static final int SOCKET = 1 << 30;

    private Waker() {}

    /** The number to {@link #ring} for a descriptor that a program passed; -1 if it is none of those described above. */
    static int of(final int descriptor) {
        if (TimerDescriptor.is(descriptor)) {
            return descriptor;
        }
        return PassedSocket.isEndOfPair(descriptor, Sockets.SOCK_STREAM) ? descriptor | SOCKET : -1;
    }

    /** The descriptor behind a number. */
    static int descriptor(final int waker) {
        return waker & ~SOCKET;
    }

    /** Makes the program's descriptor readable, if it is not already. Never waits. */
    static void ring(final int waker) {
        if ((waker & SOCKET) == 0) {
            TimerDescriptor.tick(waker);
        } else {
            PassedSocket.sendByte(waker & ~SOCKET);
        }
    }
}
