package joyride.testkit.simulation;

import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** A port that says that it cuts segments, and then refuses each, as DPDK's {@code tx_prepare} may; whatever else it is given goes out by another port. */
final class RefusingPort extends PortAround {
    private final Queue queue;

    RefusingPort(final NicPort port) {
        super(port);
        queue = new Queue(port.queue(0));
    }

    /** Packets refused. */
    long refused() {
        return queue.refused();
    }

    /** Full frames that went out before the first was refused. */
    long fullBefore() {
        return queue.fullBefore;
    }

    @Override
    public NicQueue queue(final int index) {
        return queue;
    }

    private static final class Queue extends QueueAround {
        private final PacketBatch good = new PacketBatch(PacketBatch.BURST);
        private long refused;
        private long fullBefore;

        Queue(final NicQueue queue) {
            super(queue);
        }

        @Override
        public int transmit(final PacketBatch batch) {
            good.clear();
            boolean drops = false;
            boolean goesOn = false;
            for (int i = 0; i < batch.size(); i++) {
                final int flags = batch.flags(i);
                if (!goesOn) {
                    drops = (flags & Offload.TX_TCP_SEGMENTATION) != 0;
                    refused += drops ? 1 : 0;
                }
                goesOn = (flags & Offload.TX_CONTINUES) != 0;
                if (drops) {
                    queue.free(batch.handle(i));
                } else {
                    fullBefore += refused == 0 && batch.length(i) > 1000 ? 1 : 0;
                    good.add(batch.handle(i), batch.address(i), batch.length(i), flags);
                }
            }
            batch.clear();
            return queue.transmit(good);
        }

        @Override
        public long refused() {
            return refused;
        }
    }
}
