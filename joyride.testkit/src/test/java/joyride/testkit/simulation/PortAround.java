package joyride.testkit.simulation;

import java.util.Map;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/** Another port, with a queue in the place of its one. */
abstract class PortAround implements NicPort {
    private final NicPort port;

    PortAround(final NicPort port) {
        this.port = port;
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
    public abstract NicQueue queue(int index);

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

    /** Does what another queue does. */
    static class QueueAround implements NicQueue {
        final NicQueue queue;

        QueueAround(final NicQueue queue) {
            this.queue = queue;
        }

        @Override
        public int transmit(final PacketBatch batch) {
            return queue.transmit(batch);
        }

        @Override
        public long refused() {
            return queue.refused();
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
