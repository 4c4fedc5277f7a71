package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** The sending half of a queue. What the device does not take is freed and counted. For the queue's loop, but for what says otherwise. */
final class Transmitter extends BurstFunction {
    private static final int UNCUT = 2;

    private final short port;
    private final short index;
    private final long toSend;
    /** The driver's {@code tx_prepare}, which looks at packets that ask for something before they are sent, if it has one. */
    private final BurstFunction prepare;

    /** The largest segments that the device has cut, without headers. */
    private int cut;

    /** How often in a row it took none of a packet to be cut into larger ones. */
    private int uncut;

    private volatile long dropped;
    private volatile long refused;

    /**
     * @param blocking whether the driver makes system calls
     * @param arena of the port
     */
    Transmitter(final int port, final int index, final boolean blocking, final Arena arena) {
        super(Layout.FP_TRANSMIT, Layout.FP_TX_DATA, Layout.FP_TX_CALLBACKS, index, blocking);
        prepare = new BurstFunction(Layout.FP_PREPARE, Layout.FP_TX_DATA, Layout.FP_TX_CALLBACKS, index, blocking);
        this.port = (short) port;
        this.index = (short) index;
        toSend = arena.allocate(Returned.MOST * 8L, 64).address();
    }

    @Override
    void start(final long entry, final MemifGuard guard) {
        super.start(entry, guard);
        prepare.start(entry, null);
    }

    @Override
    void stop() {
        super.stop();
        prepare.stop();
    }

    /** @return packets of the batch that the device took */
    int send(final PacketBatch batch) {
        final int count = batch.size();
        final int plain = Packets.fillPlain(batch, count);
        return plain == count ? pass(batch.handles(), count) : sendMixed(batch, plain);
    }

    /** Sends mbufs as they are. @return how many the device took */
    int pass(final long mbufs, final int count) {
        if (!isRunning()) {
            drop(mbufs, count);
            return 0;
        }
        return burst(mbufs, count);
    }

    /** @param plain first frames, which are filled */
    private int sendMixed(final PacketBatch batch, final int plain) {
        final int count = batch.size();
        Memory.copy(batch.handles(), toSend, plain * 8L);
        int packets = plain;
        boolean offloaded = false;
        int firstCut = 0;
        int firstSize = 0;
        for (int i = plain; i < count; i++) {
            final int wanted = batch.flags(i);
            offloaded |= wanted != 0;
            if (firstSize == 0 && (wanted & Offload.TX_TCP_SEGMENTATION) != 0) {
                firstSize = Offload.segmentSize(wanted);
                firstCut = packets;
            }
            Memory.putLong(toSend + packets++ * 8L, batch.handle(i));
            i = Packets.fill(batch, i);
        }
        final boolean running = isRunning();
        if (running && offloaded && prepare.isRunning()) {
            return sendPrepared(packets);
        }
        final int sent = pass(toSend, packets);
        if (running && firstSize > cut) {
            judge(sent, firstCut, firstSize);
        }
        return sent;
    }

    /**
     * Drivers without {@code tx_prepare} do not say what they cannot cut, they only take no more: net_tap does not where a segment with its Ethernet
     * header is longer than the MTU. What never went out, and stood first twice when the driver took no more, is held to be refused.
     */
    private void judge(final int sent, final int index, final int size) {
        if (sent > index) {
            cut = size;
            uncut = 0;
        } else if (sent == index && ++uncut >= UNCUT) {
            refused++;
        }
    }

    /** Lets the driver look first: what it cannot do is dropped, and what stands behind goes on. */
    private int sendPrepared(final int count) {
        int sent = 0;
        int done = 0;
        while (done < count) {
            final long from = toSend + done * 8L;
            final int ready = prepare.call(from, count - done);
            if (ready > 0) {
                sent += burst(from, ready);
            }
            done += ready;
            if (done < count) {
                Returned.freeBulk(toSend + done * 8L, 1);
                refused++;
                done++;
            }
        }
        return sent;
    }

    /** @return packets that the device took; the others are freed */
    private int burst(final long mbufs, final int count) {
        int ready = count;
        final long callbacks = callbacks();
        if (callbacks != 0) {
            ready = callBack(mbufs, ready, callbacks);
        }
        final int accepted = call(mbufs, ready);
        if (accepted < ready) {
            drop(mbufs + accepted * 8L, ready - accepted);
        }
        return accepted;
    }

    private int callBack(final long mbufs, final int count, final long callbacks) {
        try {
            return 0xffff & (short) Functions.TX_CALLBACKS.invokeExact(port, index, mbufs, (short) count, callbacks);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** Frees mbufs that the device did not take, and counts them. */
    void drop(final long mbufs, final int count) {
        dropped += count;
        Returned.freeBulk(mbufs, count);
    }

    /** Frames that the device's queue had no room for. Any thread. */
    long dropped() {
        return dropped;
    }

    /** Packets that the device cannot do what it was asked for with. Any thread. */
    long refused() {
        return refused;
    }
}
