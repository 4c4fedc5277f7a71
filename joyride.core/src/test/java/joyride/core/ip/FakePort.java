package joyride.core.ip;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import joyride.api.memory.Memory;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/** A port whose received frames a test makes, and whose sent frames it looks at. Counts frames that do not come back. */
public final class FakePort implements NicPort, NicQueue {
    private static final int FRAMES = 256;

    private final Arena arena = Arena.ofAuto();
    private final MacAddress mac;
    private final int mtu;
    private final int frameSize;
    private final long[] free = new long[FRAMES];
    private final ArrayDeque<Frame> incoming = new ArrayDeque<>();
    private int available;
    /** Off: what is sent is forgotten at once, so that nothing is allocated. */
    public boolean record = true;

    public int offloads;
    public int received;
    public int transmitted;
    public final List<byte[]> sent = new ArrayList<>();
    public final List<Integer> sentFlags = new ArrayList<>();

    private record Frame(byte[] bytes, int flags) {}

    public FakePort(final long mac, final int mtu) {
        this.mac = new MacAddress(mac);
        this.mtu = mtu;
        this.frameSize = mtu + 14;
        final long base = arena.allocate((long) FRAMES * (frameSize + 64), 64).address();
        for (int i = 0; i < FRAMES; i++) {
            free[available++] = base + (long) i * (frameSize + 64);
        }
    }

    /** Frames that core has and has not given back. */
    public int outstanding() {
        return FRAMES - available;
    }

    /** Takes all frames away, so that none can be allocated. */
    public void exhaust() {
        available = 0;
    }

    public void arrive(final byte[] frame) {
        arrive(frame, 0);
    }

    public void arrive(final byte[] frame, final int flags) {
        if (frame.length > frameSize) {
            throw new IllegalArgumentException("frame of " + frame.length + " bytes, not " + frameSize);
        }
        incoming.add(new Frame(frame, flags));
    }

    @Override
    public int receive(final PacketBatch batch) {
        while (!incoming.isEmpty() && !batch.isFull() && available > 0) {
            final Frame frame = incoming.poll();
            final long at = free[--available];
            Memory.copyIn(frame.bytes(), 0, at, frame.bytes().length);
            batch.add(at, at, frame.bytes().length, frame.flags());
        }
        received += batch.size();
        return batch.size();
    }

    @Override
    public void release(final PacketBatch batch) {
        for (int i = 0; i < batch.size(); i++) {
            // Whoever still reads a released frame reads rubbish.
            Memory.putLong(batch.address(i), -1);
            free(batch.handle(i));
        }
        batch.clear();
    }

    @Override
    public long allocate() {
        return available == 0 ? 0 : free[--available];
    }

    @Override
    public long address(final long handle) {
        return handle;
    }

    @Override
    public int frameSize() {
        return frameSize;
    }

    @Override
    public void free(final long handle) {
        free[available++] = handle;
    }

    @Override
    public int transmit(final PacketBatch batch) {
        final int count = batch.size();
        for (int i = 0; i < count; i++) {
            if (record) {
                final byte[] frame = new byte[batch.length(i)];
                Memory.copyOut(batch.address(i), frame, 0, frame.length);
                sent.add(frame);
                sentFlags.add(batch.flags(i));
            }
            free(batch.handle(i));
        }
        transmitted += count;
        batch.clear();
        return count;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public MacAddress macAddress() {
        return mac;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public int offloads() {
        return offloads;
    }

    @Override
    public NicQueue queue(final int index) {
        return this;
    }

    @Override
    public String mode() {
        return "test";
    }

    @Override
    public void close() {}
}
