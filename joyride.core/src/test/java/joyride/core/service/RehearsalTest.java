package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import joyride.api.socket.IpcTransport;
import joyride.core.memory.ScalarKernels;
import joyride.linux.Scheduling;
import joyride.linux.Scheduling.SystemThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of rehearsals that fail, may not begin, or do not end. */
@Timeout(60)
class RehearsalTest {
    private static final Courtesy ALWAYS = new Courtesy(new Courtesy.Share(0, 100));
    private static final long LONG = TimeUnit.HOURS.toNanos(1);

    @TempDir
    private Path directory;

    private final FakeTransport transport = new FakeTransport();

    private Rehearsal rehearsal(final long mostNanos, final IpcTransport... transports) {
        return new Rehearsal(
                new ScalarKernels(),
                () -> List.of(transports),
                new MemoryRoom(directory, directory),
                new Rehearsal.Limit(mostNanos, LONG),
                ALWAYS);
    }

    @Test
    void shouldSayWhatAVariantThrew() {
        final String failure = rehearsal(LONG).run(new IdleVariant(new IllegalStateException("on purpose")), null);
        assertEquals("ended its instance: exception in init: java.lang.IllegalStateException: on purpose", failure);
    }

    @Test
    void shouldSayThatNothingWasCarriedWhenTheVariantDoesNothing() {
        assertEquals("carried no connection to its end", rehearsal(1).run(new IdleVariant(null), null));
    }

    @Test
    void shouldSayWhatATransportThrows() {
        transport.rehearsalFailure = new IllegalStateException("on purpose");
        assertEquals(
                "threw java.lang.IllegalStateException: on purpose",
                rehearsal(LONG).run(transport, new IdleVariant(null), null));
    }

    @Test
    void shouldRehearseNothingAndSaySoWhenMemoryIsShort() throws IOException {
        Files.writeString(directory.resolve("meminfo"), "MemAvailable: 2048 kB\n");
        transport.rehearsalFailure = new IllegalStateException("on purpose");
        final Rehearsal rehearsal = rehearsal(LONG, transport);
        assertEquals(
                "not rehearsed, so slow in its first seconds: a rehearsal takes 128 MiB, and 2 MiB are free; raise the"
                        + " service's memory limit",
                rehearsal.obstacle());
        assertNull(rehearsal.run(new IdleVariant(new IllegalStateException("on purpose")), null));
        assertNull(rehearsal.run(transport, new IdleVariant(null), null));
    }

    @Test
    void shouldEndAndBlameNobodyWhenTheServiceStopsMeanwhile() throws InterruptedException {
        final CountDownLatch begun = new CountDownLatch(1);
        transport.rehearsal = stage -> {
            begun.countDown();
            while (!stage.enough()) {
                stage.turn(1000);
            }
            throw new IllegalStateException("half way");
        };
        final Rehearsal rehearsal = rehearsal(LONG);
        final String[] failure = {"none"};
        final Thread thread =
                Thread.ofPlatform().start(() -> failure[0] = rehearsal.run(transport, new IdleVariant(null), null));
        begun.await();
        rehearsal.close();
        thread.join();
        assertNull(failure[0]);
    }

    @Test
    void shouldFailWhenItsCallerIsInterrupted() throws InterruptedException {
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch ended = new CountDownLatch(1);
        transport.rehearsal = stage -> {
            begun.countDown();
            while (!stage.enough()) {
                stage.turn(1000);
            }
            ended.countDown();
        };
        final String[] failure = {"none"};
        final Thread thread = Thread.ofPlatform()
                .start(() -> failure[0] = rehearsal(LONG).run(transport, new IdleVariant(null), null));
        begun.await();
        thread.interrupt();
        thread.join();
        assertEquals("was interrupted", failure[0]);
        assertTrue(ended.await(30, TimeUnit.SECONDS), "what nobody waits for ends");
    }

    @Test
    void shouldEndByItselfWhenItHasRunForLongEnough() {
        transport.rehearsal = stage -> {
            while (!stage.enough()) {
                stage.turn(1000);
            }
        };
        final Rehearsal rehearsal = new Rehearsal(
                new ScalarKernels(),
                List::of,
                new MemoryRoom(directory, directory),
                new Rehearsal.Limit(LONG, 50_000_000),
                null);
        assertNull(rehearsal.run(transport, new IdleVariant(null), null));
    }

    @Test
    void shouldLetWhoServesGoFirstAndGiveTheCompilerBackWhatItHadWhenItFails() {
        final boolean may = Courtesy.mayTakeBack();
        final List<SystemThread> meanwhile = new ArrayList<>();
        transport.rehearsal = stage -> {
            meanwhile.add(Scheduling.thisThread());
            meanwhile.addAll(compilers());
            throw new IllegalStateException("on purpose");
        };
        assertEquals(
                "threw java.lang.IllegalStateException: on purpose",
                rehearsal(LONG).run(transport, new IdleVariant(null), null));
        assertTrue(meanwhile.size() > 1);
        meanwhile.forEach(thread -> assertEquals(may, thread.idle(), thread.name()));
        assertEquals(may ? 0 : Courtesy.NICE, meanwhile.getFirst().nice());
        compilers().forEach(thread -> assertFalse(thread.idle(), thread.name()));
        assertFalse(Scheduling.thisThread().idle(), "the caller's is its own");
    }

    @Test
    void shouldGiveTheCompilerBackWhatItHadWhenARehearsalNeverEnds() throws InterruptedException {
        final boolean may = Courtesy.mayTakeBack();
        final CountDownLatch begun = new CountDownLatch(1);
        final CountDownLatch release = new CountDownLatch(1);
        transport.rehearsal = stage -> {
            begun.countDown();
            try {
                release.await();
            } catch (final InterruptedException e) {
                throw new AssertionError(e);
            }
        };
        final Thread thread =
                Thread.ofPlatform().start(() -> rehearsal(LONG).run(transport, new IdleVariant(null), null));
        begun.await();
        compilers().forEach(each -> assertEquals(may, each.idle(), each.name()));
        thread.interrupt();
        thread.join();
        compilers().forEach(each -> assertFalse(each.idle(), each.name()));
        release.countDown();
    }

    private static List<SystemThread> compilers() {
        return Scheduling.threads().stream().filter(Courtesy::isCompiler).toList();
    }

    @Test
    void shouldEndByItselfWhenTheTimeIsUp() {
        transport.rehearsal = stage -> {
            while (!stage.enough()) {
                stage.turn(1000);
            }
        };
        assertNull(rehearsal(300_000_000).run(transport, new IdleVariant(null), null));
    }
}
