package joyride.core.engine;

import java.util.ArrayList;
import java.util.List;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.core.ip.NetworkLayer;
import joyride.core.link.EthernetInterface;

/** The NIC queues that one engine serves. On the engine's thread. */
final class AttachedPorts {
    private static final long CARRIES = 10_000_000L;

    private final NetworkLayer network;
    private final List<Attachment> ports = new ArrayList<>();
    private int generation;
    private long framesAt = -CARRIES;

    private record Attachment(EthernetInterface ethernet, NicQueue queue) {}

    AttachedPorts(final NetworkLayer network) {
        this.network = network;
    }

    /** Serves {@code ethernet} by all queues of {@code port} from now on, after whatever served it; null: by none. */
    void attach(final EthernetInterface ethernet, final NicPort port) {
        ports.removeIf(attachment -> attachment.ethernet() == ethernet);
        network.attach(ethernet, port);
        if (port != null) {
            for (final NicQueue queue : ethernet.queues()) {
                ports.add(new Attachment(ethernet, queue));
            }
        }
        generation++;
    }

    /** A port serves no more, but is not let go of yet. */
    void failed() {
        generation++;
    }

    /** Takes in what came. @return how many frames */
    int receive(final long now) {
        if (ports.isEmpty()) {
            return 0;
        }
        final int frames = network.receive();
        if (frames > 0) {
            framesAt = now;
        }
        return frames;
    }

    /** Whether frames came in the last 10 ms. */
    boolean carriesFrames(final long now) {
        return now - framesAt < CARRIES;
    }

    /** When a queue has something to do that no descriptor tells of; {@link Long#MAX_VALUE}: never. */
    long nextEvent() {
        long next = Long.MAX_VALUE;
        for (int i = 0; i < ports.size(); i++) {
            next = Math.min(next, ports.get(i).queue().nextEvent());
        }
        return next;
    }

    void arm() {
        for (int i = 0; i < ports.size(); i++) {
            ports.get(i).queue().armWake();
        }
    }

    /** Changes whenever {@link #descriptors} does. */
    int generation() {
        return generation;
    }

    void descriptors(final Engine.DescriptorTaker taker) {
        for (final Attachment port : ports) {
            if (port.queue().wakeDescriptor() >= 0) {
                taker.take(port.queue().wakeDescriptor(), null);
            }
        }
    }

    void detachAll() {
        for (final Attachment port : List.copyOf(ports)) {
            Engine.quietly(() -> attach(port.ethernet(), null));
        }
    }
}
