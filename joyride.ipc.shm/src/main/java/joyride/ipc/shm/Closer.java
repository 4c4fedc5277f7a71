package joyride.ipc.shm;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import joyride.linux.Descriptors;
import joyride.linux.Epoll;
import joyride.linux.Sockets;

/**
 * Closes descriptors that came from programs, and sockets in which such may still lie, away from the loop. The last close of a
 * file may wait as long as a program likes: a TCP socket with SO_LINGER until its peer acknowledges, a file of FUSE until its
 * server answers. Threads come as they are needed, at most some; where all of them wait, descriptors stay open until one is
 * done, and in the end the service says that it is at its limit of open files. On any thread; never waits.
 */
final class Closer {
    private static final int THREADS = 16;
    private static final int IDLE_SECONDS = 5;
    private static final ThreadPoolExecutor CLOSING = threads();

    private Closer() {}

    private static ThreadPoolExecutor threads() {
        final ThreadPoolExecutor threads = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    final Thread thread = new Thread(work, "joyride closer");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** Closes a descriptor, some time. */
    static void close(final int fd) {
        CLOSING.execute(() -> Descriptors.close(fd));
    }

    /** Closes two descriptors, some time, the second when the first is closed. */
    static void close(final int first, final int second) {
        CLOSING.execute(() -> {
            Descriptors.close(first);
            Descriptors.close(second);
        });
    }

    /** Hangs up on the other end of a unix socket now, and closes it some time. */
    static void hangUp(final int fd) {
        Sockets.shutdown(fd, Sockets.SHUT_RDWR);
        close(fd);
    }

    /** The same of one in an epoll set. */
    static void hangUp(final int fd, final Epoll set) {
        set.remove(fd);
        hangUp(fd);
    }
}
