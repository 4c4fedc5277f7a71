package joyride.testkit.simulation;

import java.util.Map;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** A port that says that it cuts segments, and then refuses each, as DPDK's {@code tx_prepare} may; whatever else it is given goes out by another port. */
final class RefusingPort implements NicPort {
    private final NicPort port;
    private final Queue queue;

    RefusingPort(final NicPort port) {
        this.port = port;
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
    public String name() {
        return port.name();
    }

    @Override
    public MacAddress macAddress() {
        return port.macAddress();
    }

    @Override
    public int mtu() {
        return port.mtu();
    }

    @Override
    public int offloads() {
        return port.offloads();
    }

    @Override
    public int segmentationPieces() {
        return port.segmentationPieces();
    }

    @Override
    public boolean linkUp() {
        return port.linkUp();
    }

    @Override
    public NicQueue queue(final int index) {
        return queue;
    }

    @Override
    public Map<String, Long> statistics() {
        return port.statistics();
    }

    @Override
    public String mode() {
        return port.mode();
    }

    @Override
    public void close() {
        port.close();
    }

    private static final class Queue implements NicQueue {
        private final NicQueue queue;
        private final PacketBatch good = new PacketBatch(PacketBatch.BURST);
        private long refused;
        private long fullBefore;

        Queue(final NicQueue queue) {
            this.queue = queue;
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

        @Override
        public int receive(final PacketBatch batch) {
            return queue.receive(batch);
        }

        @Override
        public void release(final PacketBatch batch) {
            queue.release(batch);
        }

        @Override
        public long allocate() {
            return queue.allocate();
        }

        @Override
        public long address(final long handle) {
            return queue.address(handle);
        }

        @Override
        public int frameSize() {
            return queue.frameSize();
        }

        @Override
        public void free(final long handle) {
            queue.free(handle);
        }

        @Override
        public int wakeDescriptor() {
            return queue.wakeDescriptor();
        }

        @Override
        public long nextEvent() {
            return queue.nextEvent();
        }

        @Override
        public void armWake() {
            queue.armWake();
        }
    }
}
