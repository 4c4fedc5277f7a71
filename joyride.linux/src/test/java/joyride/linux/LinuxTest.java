package joyride.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import joyride.api.socket.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each binding against the kernel itself. */
final class LinuxTest {
    private static final int NETLINK_GETLINK = 18;
    private static final int NETLINK_NEWLINK = 16;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment room = arena.allocate(65536, 8);
    private final long at = room.address();

    @TempDir
    Path directory;

    @Test
    void shouldListThreadsWithTheirNamesAndMakeOneNicer() throws InterruptedException {
        final Scheduling.SystemThread[] seen = new Scheduling.SystemThread[2];
        final Thread thread = Thread.ofPlatform().name("nicer (one)").start(() -> {
            seen[0] = Scheduling.thisThread();
            assertTrue(Scheduling.nice(seen[0].id(), 7));
            seen[1] = Scheduling.threads().stream()
                    .filter(each -> each.id() == seen[0].id())
                    .findFirst()
                    .orElseThrow();
        });
        thread.join();
        assertEquals(new Scheduling.SystemThread(seen[0].id(), "nicer (one)", 0, false), seen[0]);
        assertEquals(new Scheduling.SystemThread(seen[0].id(), "nicer (one)", 7, false), seen[1]);
        assertEquals(0, Scheduling.thisThread().nice(), "others stay as they are");
        assertFalse(Scheduling.nice(Integer.MAX_VALUE, 8), "there is no such thread");
    }

    @Test
    void shouldLetAThreadRunOnlyWhereNobodyElseWantsTo() throws InterruptedException {
        final boolean[] idle = new boolean[2];
        final Thread thread = Thread.ofPlatform().start(() -> {
            final int self = Scheduling.thisThread().id();
            idle[0] = Scheduling.idle(self, true) && Scheduling.thisThread().idle();
            // Taking it back may be refused; then it stays as it is.
            idle[1] = Scheduling.idle(self, false) == Scheduling.thisThread().idle();
        });
        thread.join();
        assertTrue(idle[0]);
        assertFalse(idle[1], "the system said otherwise");
        assertFalse(Scheduling.thisThread().idle(), "others stay as they are");
        assertFalse(Scheduling.idle(Integer.MAX_VALUE, true), "there is no such thread");
    }

    @Test
    void shouldSayErrnoWhenACallFails() {
        assertEquals(-Errno.EBADF, Descriptors.close(-1));
        assertEquals(-Errno.ENOENT, Descriptors.open("/nowhere/at/all", Descriptors.O_RDONLY, 0));
        assertEquals(
                -Errno.EINVAL,
                Mappings.map(0, 0, Mappings.PROT_READ, Mappings.MAP_PRIVATE | Mappings.MAP_ANONYMOUS, -1, 0));
        final var failed =
                assertThrows(IllegalStateException.class, () -> SystemError.check("close", Descriptors.close(-1)));
        assertEquals("close: Bad file descriptor (errno 9)", failed.getMessage());
    }

    @Test
    void shouldMoveAThreadAndLeaveItFreeWhenItMayRunThere() {
        final String before = Scheduling.allowed();
        final int most = Runtime.getRuntime().availableProcessors();
        try (Placement placement = new Placement()) {
            boolean moved = false;
            for (int cpu = 0, tries = 0; tries < 64; cpu = (cpu + 1) % 64, tries++) {
                // The scheduler may move it again at once; not each time.
                moved |= placement.moveTo(cpu) && Scheduling.cpu() == cpu && cpu != 0 || most == 1;
            }
            assertTrue(moved);
            assertFalse(placement.moveTo(-1));
            assertFalse(placement.moveTo(4095));
            assertFalse(placement.moveTo(1 << 20));
        }
        assertEquals(before, Scheduling.allowed());
    }

    @Test
    void shouldPassDescriptorsWhenAMessageCarriesThem() {
        final String path = directory.resolve("socket").toString();
        final int listener = SystemError.check("listen", UnixSockets.listen(path, 0600, 1));
        assertEquals(-Errno.EAGAIN, Sockets.accept(listener));
        final int near = SystemError.check("connect", UnixSockets.connect(path));
        final int far = SystemError.check("accept", Sockets.accept(listener));
        assertEquals(ProcessHandle.current().pid(), UnixSockets.peer(far)[0]);
        assertEquals(Processes.effectiveUser(), UnixSockets.peer(far)[1]);
        final int[] pair = Sockets.pair(Sockets.SOCK_STREAM);
        try (Messages messages = new Messages()) {
            room.set(ValueLayout.JAVA_LONG, 0, 42);
            assertEquals(8, messages.send(near, at, 8, pair[0], pair[1]));
            assertEquals(4, messages.receive(far, at + 64, 4), "cut");
            assertTrue(messages.truncated());
            final int passed = messages.take(0);
            assertEquals(UnixSockets.cookie(pair[0]), UnixSockets.cookie(passed));
            assertEquals(-1, messages.take(0));
            messages.closeRest();
            assertEquals(-Errno.EAGAIN, messages.receive(far, at, 8));
            Descriptors.close(passed);
        }
        for (final int fd : new int[] {pair[0], pair[1], near, far, listener}) {
            assertEquals(0, Descriptors.close(fd));
        }
    }

    @Test
    void shouldShareMemoryThatNobodyCanShrink() {
        final int fd = SystemError.check("memfd", Mappings.sealedFile("test", 8192));
        final long one = SystemError.check("mmap", Mappings.share(fd, 8192));
        final long other = SystemError.check("mmap", Mappings.share(fd, 8192));
        final MemorySegment first = memory(one);
        first.set(ValueLayout.JAVA_LONG, 0, 7);
        assertEquals(7, memory(other).get(ValueLayout.JAVA_LONG, 0));
        assertEquals(-Errno.EPERM, Descriptors.control(fd, 1033, 0), "sealed against other seals");
        SystemError.check("blank", Mappings.blank(one, 8192));
        assertEquals(0, first.get(ValueLayout.JAVA_LONG, 0));
        assertEquals(0, Mappings.unmap(one, 8192));
        assertEquals(0, Mappings.unmap(other, 8192));
        assertEquals(0, Descriptors.close(fd));
    }

    @SuppressWarnings("restricted")
    private static MemorySegment memory(final long address) {
        return MemorySegment.ofAddress(address).reinterpret(8192);
    }

    @Test
    void shouldTellWhichDescriptorIsReady() {
        final int event = SystemError.check("eventfd", EventDescriptor.open());
        final int timer = SystemError.check("timerfd", TimerDescriptor.open());
        assertTrue(EventDescriptor.is(event));
        assertFalse(EventDescriptor.is(timer));
        try (Epoll epoll = new Epoll();
                DescriptorWait wait = new DescriptorWait()) {
            assertEquals(0, epoll.add(event, Epoll.IN, 1L << 40 | 5));
            assertEquals(0, epoll.add(timer, Epoll.IN | Epoll.ET, 6));
            assertEquals(0, epoll.poll());
            wait.add(event);
            wait.add(epoll.descriptor());
            assertEquals(0, wait.await(0));
            assertEquals(8, EventDescriptor.signal(event));
            assertEquals(1, epoll.poll());
            assertEquals(1L << 40 | 5, epoll.data(0));
            assertEquals(Epoll.IN, epoll.bits(0));
            assertEquals(2, wait.await(Long.MAX_VALUE));
            assertEquals(8, EventDescriptor.drain(event));
            assertEquals(-Errno.EAGAIN, EventDescriptor.drain(event));
            assertEquals(0, TimerDescriptor.set(timer, 1));
            assertEquals(1, epoll.await(-1));
            assertEquals(6, epoll.data(0));
            assertEquals(0, epoll.remove(timer));
        }
        Descriptors.close(event);
        Descriptors.close(timer);
    }

    @Test
    void shouldSeeTheOtherEndHangUp() {
        final int[] pair = Sockets.pair(Sockets.SOCK_STREAM);
        assertEquals(0, Poll.await(pair[0], Poll.IN, 0));
        assertEquals(3, Sockets.send(pair[1], at, 3));
        assertEquals(3, Sockets.receive(pair[0], at, 100));
        Descriptors.close(pair[1]);
        assertEquals(Poll.HUP, Poll.await(pair[0], 0, 0));
        assertEquals(-Errno.EPIPE, Sockets.send(pair[0], at, 1), "and no signal");
        Descriptors.close(pair[0]);
    }

    @Test
    void shouldReadSocketOptionsBack() {
        final int fd = Sockets.socket(Sockets.AF_INET, Sockets.SOCK_STREAM | Sockets.SOCK_CLOEXEC, 0);
        assertEquals(0, Sockets.setOption(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, 50_000));
        assertEquals(4, Sockets.option(fd, Sockets.SOL_SOCKET, Sockets.SO_RCVBUF, at, 4));
        assertEquals(100_000, room.get(ValueLayout.JAVA_INT, 0), "Linux doubles it");
        assertEquals(16, Sockets.name(fd, at, 16));
        assertEquals(Sockets.AF_INET, room.get(ValueLayout.JAVA_SHORT, 0));
        assertEquals(0, Descriptors.setNonBlocking(fd));
        assertEquals(
                Descriptors.O_RDWR | Descriptors.O_NONBLOCK,
                Descriptors.control(fd, 3, 0),
                "access mode stays as it was");
        Descriptors.close(fd);
    }

    @Test
    void shouldHearOfALinkWhenItAsksTheKernel() {
        try (Netlink netlink = new Netlink(Netlink.ROUTE, 0)) {
            assertEquals(-Errno.EAGAIN, netlink.receive(at, 65536));
            room.set(ValueLayout.JAVA_INT, 0, 32);
            room.set(ValueLayout.JAVA_SHORT, 4, (short) NETLINK_GETLINK);
            room.set(ValueLayout.JAVA_SHORT, 6, (short) 1); // NLM_F_REQUEST
            room.set(ValueLayout.JAVA_INT, 20, 1); // the loopback's index
            assertEquals(32, netlink.send(at, 32));
            assertTrue(netlink.await(5000));
            assertTrue(netlink.receive(at, 65536) > 32);
            assertEquals(NETLINK_NEWLINK, room.get(ValueLayout.JAVA_SHORT, 4));
            assertEquals(1, room.get(ValueLayout.JAVA_INT, 20));
        }
    }

    @Test
    void shouldAllocateNothingWhenCalledOverAndOver() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final int event = EventDescriptor.open();
        final int[] pair = Sockets.pair(Sockets.SOCK_STREAM);
        try (Epoll epoll = new Epoll()) {
            epoll.add(event, Epoll.IN | Epoll.ET, 0);
            final long thread = Thread.currentThread().threadId();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 200 && least > 0; round++) {
                final long before = threads.getThreadAllocatedBytes(thread);
                for (int i = 0; i < 1000; i++) {
                    EventDescriptor.signal(event);
                    epoll.poll();
                    EventDescriptor.drain(event);
                    Sockets.send(pair[0], at, 8);
                    Sockets.receive(pair[1], at, 8);
                    Poll.await(pair[0], 0, 0);
                }
                least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
            }
            assertEquals(0, least);
        }
        Descriptors.close(event);
        assertArrayEquals(new int[] {0, 0}, new int[] {Descriptors.close(pair[0]), Descriptors.close(pair[1])});
    }

    @Test
    void shouldWaitItsWholeTimeWhenSignalsCome() {
        final int event = EventDescriptor.open();
        try (SignalStorm storm = new SignalStorm()) {
            final long begin = System.nanoTime();
            assertEquals(0, Poll.await(event, Poll.IN, 50));
            assertTrue(System.nanoTime() - begin >= 50_000_000L);
            assertTrue(storm.sent() > 0);
        } finally {
            Descriptors.close(event);
        }
    }
}
