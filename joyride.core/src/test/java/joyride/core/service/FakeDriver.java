package joyride.core.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;
import joyride.core.ip.FakePort;

/** A driver that does as it is told: its ports may be refused, throw, fail or not close. */
final class FakeDriver implements NicDriver {
    /** Who holds the device now; null: any number may. */
    private final Set<Object> holders;

    final List<Port> ports = new ArrayList<>();
    volatile NicException refusal;
    volatile boolean throwing;
    volatile RuntimeException rehearsal;
    volatile CountDownLatch closes = new CountDownLatch(0);
    volatile int rehearsed;

    /** @param holders shared by the drivers of a device that one port can hold; null: no such device */
    FakeDriver(final Set<Object> holders) {
        this.holders = holders;
    }

    @Override
    public void rehearse() {
        rehearsed++;
        if (rehearsal != null) {
            throw rehearsal;
        }
    }

    @Override
    public synchronized NicPort open(final NicConfiguration configuration) throws NicException {
        if (refusal != null) {
            throw refusal;
        }
        final Port port = new Port(configuration);
        if (holders != null && !holders.isEmpty()) {
            throw NicException.busy("the device is held");
        }
        if (holders != null) {
            holders.add(port);
        }
        ports.add(port);
        return port;
    }

    synchronized Port last() {
        return ports.getLast();
    }

    final class Port implements NicPort {
        private final FakePort frames = new FakePort(0x0200_0000_0001L, 1500);
        final NicConfiguration configuration;
        volatile boolean closed;
        volatile int polls;

        Port(final NicConfiguration configuration) {
            this.configuration = configuration;
        }

        @Override
        public String name() {
            return configuration.name();
        }

        @Override
        public MacAddress macAddress() {
            return frames.macAddress();
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public NicQueue queue(final int index) {
            return new Queue(this);
        }

        @Override
        public String mode() {
            return "fake";
        }

        @Override
        public void close() {
            try {
                closes.await();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            closed = true;
            if (holders != null) {
                holders.remove(this);
            }
        }
    }

    private final class Queue implements NicQueue {
        private final Port port;

        Queue(final Port port) {
            this.port = port;
        }

        @Override
        public int receive(final PacketBatch batch) {
            if (port.closed) {
                throw new IllegalStateException("polled after close");
            }
            port.polls++;
            if (throwing) {
                throw new IllegalStateException("on purpose");
            }
            return port.frames.receive(batch);
        }

        @Override
        public void release(final PacketBatch batch) {
            port.frames.release(batch);
        }

        @Override
        public long allocate() {
            return port.frames.allocate();
        }

        @Override
        public long address(final long handle) {
            return port.frames.address(handle);
        }

        @Override
        public int frameSize() {
            return port.frames.frameSize();
        }

        @Override
        public void free(final long handle) {
            port.frames.free(handle);
        }

        @Override
        public int transmit(final PacketBatch batch) {
            return port.frames.transmit(batch);
        }
    }
}
