package joyride.core.memory;

import java.lang.management.ManagementFactory;

/** The JVM's own count of what the calling thread has allocated. */
final class Allocation {
    private static final com.sun.management.ThreadMXBean THREADS =
            ManagementFactory.getPlatformMXBean(com.sun.management.ThreadMXBean.class);

    private Allocation() {}

    /** Bytes since the thread began. */
    static long ofThisThread() {
        return THREADS.getCurrentThreadAllocatedBytes();
    }
}
