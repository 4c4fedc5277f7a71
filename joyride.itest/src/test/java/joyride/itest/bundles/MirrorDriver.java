package joyride.itest.bundles;

import java.util.concurrent.CountDownLatch;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;

/** A network that consists of one mirror: who sends to address X is answered by itself in X's name ({@link MirrorQueue}). */
public final class MirrorDriver implements NicDriver {
    private final String behaviour;

    MirrorDriver(String behaviour) {
        this.behaviour = behaviour;
    }

    @Override
    public NicPort open(NicConfiguration configuration) throws NicException {
        if (behaviour.startsWith("refuse")) {
            throw new NicException("refused on purpose");
        }
        return new Port(configuration.name(), behaviour);
    }

    private static final class Port implements NicPort {
        private final String name;
        private final String behaviour;
        private final MirrorQueue queue;

        Port(String name, String behaviour) {
            this.name = name;
            this.behaviour = behaviour;
            queue = new MirrorQueue(behaviour.contains("throw on frames"));
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public MacAddress macAddress() {
            return new MacAddress(MirrorQueue.OURS);
        }

        @Override
        public int mtu() {
            return 1500;
        }

        @Override
        public NicQueue queue(int index) {
            return queue;
        }

        @Override
        public String mode() {
            return behaviour;
        }

        @Override
        public void close() {
            if (behaviour.contains("never close")) {
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            queue.close();
        }
    }
}
