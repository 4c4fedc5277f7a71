package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import joyride.api.socket.Errno;
import joyride.linux.EventDescriptor;
import joyride.linux.Sockets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What programs pass to get signals: that the kernel sends them is seen by the layer's tests (owner_test.c). */
@Timeout(60)
class SignalsTest {
    private static final int MOST = 512;

    private final Signals signals = new Signals();

    private static final class Books extends SlotBooks {}

    private static void endsOfFile(final int fd) {
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(0, Sockets.receive(fd, arena.allocate(1).address(), 1));
        }
    }

    @Test
    void shouldShutTheOtherEndEachTimeAndNotTheOneOfAnotherKind() {
        final Books books = new Books();
        final int[] urgent = Pairs.streams();
        final int[] ready = Pairs.streams();
        assertEquals(0, signals.set(books, Signals.URGENT, urgent[0], urgent[1]));
        assertEquals(0, signals.set(books, Signals.READY, ready[0], ready[1]));
        Signals.send(books, Signals.URGENT);
        Signals.send(books, Signals.URGENT);
        endsOfFile(urgent[0]);
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(
                    -Errno.EAGAIN, Sockets.receive(ready[0], arena.allocate(1).address(), 1));
        }
        assertEquals(0, signals.set(books, Signals.URGENT, -1, -1));
        assertNotNull(books.signals);
        signals.forget(books);
        assertNull(books.signals);
        Signals.send(books, Signals.READY);
    }

    @Test
    void shouldRefuseWhatIsNoPair() {
        final Books books = new Books();
        final int[] pair = Pairs.streams();
        assertEquals(Errno.EINVAL, signals.set(books, Signals.URGENT, pair[0], EventDescriptor.open()));
        assertEquals(Errno.EINVAL, signals.set(books, 2, pair[1], -1));
        final int[] packets = Pairs.make();
        assertEquals(Errno.EINVAL, signals.set(books, Signals.READY, packets[0], packets[1]));
        assertNull(books.signals);
    }

    @Test
    void shouldTakeSoManyAndNoMore() {
        final Books[] all = new Books[MOST + 1];
        for (int i = 0; i < MOST; i++) {
            all[i] = new Books();
            final int[] pair = Pairs.streams();
            assertEquals(0, signals.set(all[i], Signals.URGENT, pair[0], pair[1]));
        }
        final int[] more = Pairs.streams();
        assertEquals(Errno.ENOBUFS, signals.set(new Books(), Signals.URGENT, more[0], more[1]));
        final int[] again = Pairs.streams();
        assertEquals(0, signals.set(all[0], Signals.URGENT, again[0], again[1]), "in place of its own");
        signals.forget(all[1]);
        final int[] next = Pairs.streams();
        assertEquals(0, signals.set(all[1], Signals.URGENT, next[0], next[1]));
        for (int i = 0; i < MOST; i++) {
            signals.forget(all[i]);
            assertTrue(all[i].signals == null);
        }
    }
}
