package joyride.testkit.simulation;

import java.lang.foreign.Arena;
import java.util.Arrays;
import joyride.api.memory.Memory;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/**
 * A port that leaves the payload of TCP where somebody else writes to it: elsewhere than behind the headers, where there is nothing but rubbish, and rubbish itself when the frame
 * has been released.
 */
final class BodiesPort extends PortAround {
    private static final int ETHERNET = 14;
    private static final int IPV6 = 0x86dd;
    private static final int TCP = 6;
    private static final int SLOT = 2048;
    private static final byte RUBBISH = (byte) 0xdb;

    private final Queue queue;

    BodiesPort(final NicPort port) {
        super(port);
        queue = new Queue(port.queue(0));
    }

    /** Frames that came in two parts. */
    long split() {
        return queue.split;
    }

    @Override
    public NicQueue queue(final int index) {
        return queue;
    }

    private static final class Queue extends QueueAround {
        private final Arena arena = Arena.ofAuto();
        private final long elsewhere =
                arena.allocate((long) PacketBatch.BURST * SLOT, 64).address();
        private final PacketBatch plain = new PacketBatch(PacketBatch.BURST);
        private final byte[] rubbish = new byte[SLOT];
        private long split;

        Queue(final NicQueue queue) {
            super(queue);
            Arrays.fill(rubbish, RUBBISH);
        }

        @Override
        public int receive(final PacketBatch batch) {
            if (!batch.takesBodies()) {
                return queue.receive(batch);
            }
            queue.receive(plain);
            for (int i = 0; i < plain.size(); i++) {
                final long at = plain.address(i);
                final int length = plain.length(i);
                final int headers = (plain.flags(i) & Offload.RX_CHECKSUM_GOOD) == 0 ? length : headers(at, length);
                if (headers < length) {
                    final long body = elsewhere + (long) i * SLOT;
                    Memory.copy(at + headers, body, length - headers);
                    Memory.copyIn(rubbish, 0, at + headers, length - headers);
                    batch.add(plain.handle(i), at, length, plain.flags(i), body);
                    split++;
                } else {
                    batch.add(plain.handle(i), at, length, plain.flags(i));
                }
            }
            plain.clear();
            return batch.size();
        }

        /** Where the payload begins; the frame's length if it is not TCP, or has options or extension headers. */
        private static int headers(final long at, final int length) {
            final boolean six = Memory.getUnsignedShortBE(at + 12) == IPV6;
            final boolean plainIp = six || Memory.getByte(at + ETHERNET) == 0x45;
            if (length < 54 || !plainIp || Memory.getByte(at + (six ? 20 : 23)) != TCP) {
                return length;
            }
            final int transport = ETHERNET + (six ? 40 : 20);
            return transport + (Memory.getUnsignedByte(at + transport + 12) >>> 4 << 2);
        }

        @Override
        public void release(final PacketBatch batch) {
            for (int i = 0; i < batch.size(); i++) {
                if (batch.body(i) != 0) {
                    Memory.copyIn(rubbish, 0, batch.body(i), SLOT);
                }
            }
            queue.release(batch);
        }
    }
}
