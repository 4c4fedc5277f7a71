package joyride.nic.memif;

import java.lang.foreign.Arena;
import java.util.LinkedHashMap;
import java.util.Map;
import joyride.api.memory.Kernels;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;

/** An open port: the queue, and the thread that makes links for it. */
final class MemifPort implements NicPort {
    private static final int LARGEST_PACKET = 65535;

    private final String name;
    private final MemifSettings settings;
    private final MacAddress mac;
    private final Arena arena;
    private final MemifCounts counts;
    private final MemifQueue queue;
    private final Conversation conversation;
    private boolean closed;

    MemifPort(
            final String name,
            final MemifSettings settings,
            final MacAddress mac,
            final Arena arena,
            final MemifCounts counts,
            final MemifQueue queue,
            final Conversation conversation) {
        this.name = name;
        this.settings = settings;
        this.mac = mac;
        this.arena = arena;
        this.counts = counts;
        this.queue = queue;
        this.conversation = conversation;
    }

    /** Begins to talk to the other end. @throws NicException if there is no socket to be had */
    void start() throws NicException {
        conversation.start();
    }

    @Override
    public void kernels(final Kernels kernels) {
        queue.kernels(kernels);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress macAddress() {
        return mac;
    }

    @Override
    public int mtu() {
        return settings.mtu();
    }

    @Override
    public int offloads() {
        return queue.offloads();
    }

    @Override
    public int segmentationLimit() {
        return Math.min(LARGEST_PACKET, settings.mtu() + (segmentationPieces() - 1) * queue.frameSize());
    }

    @Override
    public int segmentationPieces() {
        return queue.pieces();
    }

    @Override
    public boolean linkUp() {
        return queue.linked();
    }

    @Override
    public NicQueue queue(final int index) {
        if (index != 0) {
            throw new IndexOutOfBoundsException("queue " + index + " of " + name + ": there is queue 0 alone");
        }
        return queue;
    }

    @Override
    public Map<String, Long> statistics() {
        final Map<String, Long> statistics = new LinkedHashMap<>();
        for (final MemifCounter counter : MemifCounter.values()) {
            statistics.put(counter.label(), counts.of(counter));
        }
        return statistics;
    }

    @Override
    public String mode() {
        return conversation.describe();
    }

    /** @throws IllegalStateException if core has not given back every frame: a leak; all is closed nevertheless */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        final int lent = queue.lent();
        queue.close();
        conversation.close();
        arena.close();
        if (lent != 0) {
            throw new IllegalStateException(lent + " frames of " + name + " were not given back");
        }
    }
}
