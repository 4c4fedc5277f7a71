package joyride.nic.dpdk;

import joyride.api.memory.Memory;
import joyride.linux.UncertainMemory;

/**
 * Keeps a memif's rings from going while the loop is at them. When the peer leaves, net_memif unmaps them on a thread of DPDK's, whatever the loop
 * does: it says that the link is down, has its lock for a moment, and unmaps then. So who holds that lock meanwhile is done before, and who
 * comes later finds the link down. Nobody else wants it.
 *
 * <p>As long as frames come the lock is kept from burst to burst, and given back at the first that finds the link down: taking it each time costs a
 * loop that only forwards 5 %. DPDK's thread waits for that, so a loop that stops to poll says so ({@link #rest}).
 */
final class MemifGuard {
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

    private final long lock;
    private final long flags;
    private final boolean alone;
    private boolean keeps;
    private boolean held;

    private MemifGuard(final long lock, final long flags, final boolean alone) {
        this.lock = lock;
        this.flags = flags;
        this.alone = alone;
    }

    /**
     * That of a queue of a port that has been started. By a control thread.
     *
     * @param alone whether the port has one queue, which may keep the lock
     * @return null if the driver is not as in the releases that are known; a line in the log says so
     */
    static MemifGuard of(final int number, final String device, final boolean alone) {
        try (UncertainMemory memory = new UncertainMemory()) {
            final long data = read(memory, Functions.DEVICES + (long) number * Layout.DEVICE_SIZE + Layout.DEVICE_DATA);
            final long port = read(memory, data + DATA_PRIVATE);
            for (final int offset : LOCK) {
                if (is(memory, port, offset)) {
                    return new MemifGuard(port + offset, port + FLAGS, alone);
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

    /** Before the rings are touched. The loop's thread. @return whether they are there, until {@link #leave} */
    boolean enter() {
        if ((Memory.getIntVolatile(flags) & CONNECTED) == 0) {
            giveBack();
            return false;
        }
        return held || take();
    }

    private boolean take() {
        for (int i = 0; !Memory.compareAndSetInt(lock, 0, 1); i++) {
            if (i == PATIENCE) {
                return false;
            }
            Thread.onSpinWait();
        }
        held = true;
        // Whoever has said it before we had the lock does not wait for it any more.
        return enter();
    }

    /** The rings are no longer touched. @param frames that went or came: who has such soon looks again */
    void leave(final int frames) {
        keeps |= alone && frames > 0;
        if (!keeps) {
            giveBack();
        }
    }

    /** Nobody may look for long. The loop's thread, or a control thread while no loop uses the port. */
    void rest() {
        keeps = false;
        giveBack();
    }

    private void giveBack() {
        if (held) {
            held = false;
            Memory.putIntRelease(lock, 0);
        }
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
