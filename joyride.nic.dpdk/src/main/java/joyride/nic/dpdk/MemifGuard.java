package joyride.nic.dpdk;

import joyride.api.memory.Memory;
import joyride.linux.UncertainMemory;

/**
 * Keeps a memif's rings from going while the loop is at them. When the peer leaves, net_memif unmaps them on a thread of DPDK's, whatever the loop
 * does: it says that the link is down, has its lock for a moment, and unmaps then. So who holds that lock meanwhile is done before, and who
 * comes later finds the link down. Nobody else has it but for that moment, and when the port opens and stops.
 */
record MemifGuard(long lock, long flags) {
    private static final System.Logger LOG = System.getLogger(MemifGuard.class.getName());

    // struct rte_eth_dev_data
    private static final int DATA_PRIVATE = 96;
    // struct pmd_internals: the lock, without and with the socket's owner before it
    private static final int[] LOCK = {56, 64};
    private static final int FLAGS = 8;
    private static final int SOCKET = 16;
    private static final long KNOWN_FLAGS = 0x1f;
    private static final int CONNECTED = 2;
    // Behind the lock: two names, and the sizes that were configured
    private static final int SIZES = 4 + 64 + 64;
    private static final int MOST_SLOTS_LOG = 14;

    /** Looks at a lock that another thread has: that of another queue of the port, for a burst. */
    private static final int PATIENCE = 1000;

    /**
     * That of a port that has been started. By a control thread.
     *
     * @return null if the driver is not as in the releases that are known; a line in the log says so
     */
    static MemifGuard of(final int number, final String device) {
        try (UncertainMemory memory = new UncertainMemory()) {
            final long data = read(memory, Functions.DEVICES + (long) number * Layout.DEVICE_SIZE + Layout.DEVICE_DATA);
            final long port = read(memory, data + DATA_PRIVATE);
            for (final int offset : LOCK) {
                if (is(memory, port, offset)) {
                    return new MemifGuard(port + offset, port + FLAGS);
                }
            }
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "{0}: this net_memif is not laid out as in DPDK {1}; this process may end when the peer leaves under load: use the driver memif",
                device,
                Release.known());
        return null;
    }

    /** Takes a lock for some microseconds at most. A loop's thread. @return false: the peer is leaving, or comes */
    static boolean enter(final long lock) {
        for (int i = 0; !Memory.compareAndSetInt(lock, 0, 1); i++) {
            if (i == PATIENCE) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    static void leave(final long lock) {
        Memory.putIntRelease(lock, 0);
    }

    /** Whether the rings are there. Who has the lock. */
    boolean connected() {
        return (Memory.getIntVolatile(flags) & CONNECTED) != 0;
    }

    private static boolean is(final UncertainMemory memory, final long port, final int offset) {
        final long flags = read(memory, port + FLAGS) & 0xffff_ffffL;
        final long control = read(memory, port + offset - Long.BYTES);
        final long sizes = read(memory, port + offset + SIZES);
        final long slotsLog = sizes & 0xff;
        return (flags & ~KNOWN_FLAGS) == 0
                && read(memory, read(memory, port + SOCKET)) != 0
                && (control == 0 || read(memory, control) != 0)
                && (read(memory, port + offset) & 0xffff_fffeL) == 0
                && slotsLog > 0
                && slotsLog <= MOST_SLOTS_LOG
                && (sizes >> 8 & 0xff) > 0
                && (sizes >> 16 & 0xff) > 0
                && (sizes >> 32 & 0xffff) > 0;
    }

    private static long read(final UncertainMemory memory, final long address) {
        return address != 0 && memory.read(address) == Long.BYTES ? memory.value() : 0;
    }
}
