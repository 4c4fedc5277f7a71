package joyride.core.service;

import joyride.linux.Scheduling;
import joyride.linux.Scheduling.SystemThread;

/**
 * Lets those who serve go first while something rehearses: the rehearsing thread and the JIT compiler's have little of a busy core then, and all of an idle one. The compiler's
 * threads get back what they had; where the system would refuse that (it takes CAP_SYS_NICE or RLIMIT_NICE) they are left as they are.
 */
final class Courtesy {
    /** A tenth of what a thread of the usual niceness gets beside it. */
    static final int STANDING_BACK = 10;

    private static final int USUAL = 0;

    private int rehearsals;
    private boolean compilerToo;

    /** On the thread that rehearses, which ends afterwards. */
    synchronized void begin() {
        final int self = Scheduling.thisThread().id();
        Scheduling.nice(self, STANDING_BACK);
        if (rehearsals++ == 0) {
            compilerToo = Scheduling.nice(self, USUAL) && Scheduling.nice(self, STANDING_BACK);
            if (compilerToo) {
                compiler(USUAL, STANDING_BACK);
            }
        }
    }

    /** On any thread, once for each {@link #begin}. */
    synchronized void end() {
        if (--rehearsals == 0 && compilerToo) {
            while (compiler(STANDING_BACK, USUAL) > 0) {
                // One of them may have started another meanwhile, as nice as itself.
            }
        }
    }

    /** @return how many of the compiler's threads are another way now */
    private static int compiler(final int from, final int to) {
        int changed = 0;
        for (final SystemThread thread : Scheduling.threads()) {
            if (thread.nice() == from && isCompiler(thread) && Scheduling.nice(thread.id(), to)) {
                changed++;
            }
        }
        return changed;
    }

    /** The JVM calls them {@code C2 CompilerThread0} and so on; the system keeps 15 characters of it. */
    static boolean isCompiler(final SystemThread thread) {
        return thread.name().matches("C[12] CompilerThre.*");
    }
}
