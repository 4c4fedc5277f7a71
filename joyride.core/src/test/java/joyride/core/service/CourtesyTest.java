package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import joyride.core.service.Courtesy.Share;
import joyride.linux.Scheduling;
import joyride.linux.Scheduling.SystemThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which threads stand back, and what they are like afterwards. */
@Timeout(60)
class CourtesyTest {
    private static final Share NEVER = new Share(0, 100);

    private static List<SystemThread> compilers() {
        return Scheduling.threads().stream().filter(Courtesy::isCompiler).toList();
    }

    private static void aside(final Runnable work) throws InterruptedException {
        Thread.ofPlatform().start(work).join();
    }

    private static boolean isIdle(final int id) {
        return Scheduling.threads().stream().anyMatch(thread -> thread.id() == id && thread.idle());
    }

    /** The clock is another thread's: that it comes is all there is to wait for. */
    private static void await(final BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldKeepTheCompilerBackUntilTheLastOfSeveralEnds() throws InterruptedException {
        final boolean may = Courtesy.mayTakeBack();
        final Courtesy courtesy = new Courtesy(NEVER);
        final List<SystemThread> between = new ArrayList<>();
        aside(() -> {
            final Courtesy.Turn first = courtesy.background();
            final Courtesy.Turn second = courtesy.background();
            first.begin();
            second.begin();
            first.close();
            between.addAll(compilers());
            second.close();
        });
        assertFalse(between.isEmpty());
        between.forEach(each -> assertEquals(may, each.idle(), each.name()));
        compilers().forEach(each -> assertFalse(each.idle(), each.name()));
    }

    @Test
    void shouldLetThreadsThatStayBeAsOthersWhenItIsOver() throws InterruptedException {
        assumeTrue(Courtesy.mayTakeBack(), "needs CAP_SYS_NICE or RLIMIT_NICE");
        final Courtesy.Turn turn = new Courtesy(NEVER).background();
        final CountDownLatch over = new CountDownLatch(1);
        final int[] id = new int[1];
        final Thread[] stays = new Thread[1];
        final CountDownLatch begun = new CountDownLatch(1);
        aside(() -> {
            turn.begin();
            stays[0] = Thread.ofPlatform().start(() -> {
                id[0] = Scheduling.thisThread().id();
                begun.countDown();
                try {
                    over.await();
                } catch (final InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        });
        begun.await();
        assertTrue(isIdle(id[0]), "as who began it");
        turn.close();
        assertFalse(isIdle(id[0]), "afterwards");
        over.countDown();
        stays[0].join();
    }

    @Test
    void shouldLetThoseWhoStandBackHaveTheirShareWhenItIsBusy() throws InterruptedException {
        assumeTrue(Courtesy.mayTakeBack(), "needs CAP_SYS_NICE or RLIMIT_NICE");
        final Courtesy.Turn turn = new Courtesy(new Share(5, 10)).background();
        aside(() -> {
            final int self = Scheduling.thisThread().id();
            turn.begin();
            for (int i = 0; i < 3; i++) {
                await(() -> !isIdle(self));
                await(() -> isIdle(self));
            }
        });
        turn.close();
        compilers().forEach(each -> assertFalse(each.idle(), each.name()));
    }

    @Test
    void shouldLeaveOneAloneThatBeginsWhenNobodyWaitsForItAnyMore() throws InterruptedException {
        final Courtesy.Turn turn = new Courtesy(NEVER).background();
        turn.close();
        final boolean[] idle = new boolean[1];
        aside(() -> {
            turn.begin();
            idle[0] = Scheduling.thisThread().idle();
        });
        assertFalse(idle[0]);
    }
}
