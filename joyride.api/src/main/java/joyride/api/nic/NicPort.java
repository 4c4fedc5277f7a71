package joyride.api.nic;

import java.util.Map;
import joyride.api.memory.Kernels;
import joyride.api.net.MacAddress;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open port of a network interface. Its queues belong to event loops; everything else is called on configuration
 * threads. The interface (addresses, routes, neighbours) is core's and outlives the port.
 */
@ConsumerType
public interface NicPort extends AutoCloseable {
    /** The interface's name, as the port was opened with. */
    String name();

    MacAddress macAddress();

    /** The largest IP packet that a frame carries, bytes; as it is now. A change is told by {@link NicEvents#changed}. */
    int mtu();

    /** What the port can do in core's stead: bits of {@link Offload}; none, if it does not say. */
    default int offloads() {
        return 0;
    }

    /**
     * The largest IP packet that may be given with {@link Offload#TX_TCP_SEGMENTATION}, bytes, as FreeBSD's {@code if_hw_tsomax}. Core asks
     * when it asks for {@link #offloads}.
     */
    default int segmentationLimit() {
        return 65535;
    }

    /** The most entries of a batch that such a packet may be in, as FreeBSD's {@code if_hw_tsomaxsegcount}; 1..{@link PacketBatch#BURST}. */
    default int segmentationPieces() {
        return 1;
    }

    /** The largest IP packet that the port cuts such a packet into, bytes; core gives it none to be cut if it is less than the interface's MTU. */
    default int segmentationMtu() {
        return mtu();
    }

    /** Whether the link is up now. A change is told by {@link NicEvents#changed}. */
    default boolean linkUp() {
        return true;
    }

    default int queueCount() {
        return 1;
    }

    /** Queue {@code index}: always the same object; used by one event loop alone. */
    NicQueue queue(int index);

    /**
     * Core's loops over payload, for a port that copies frames itself: it sums them in the same pass, and says what it found right
     * ({@link Offload#RX_CHECKSUM_GOOD}). Called before a loop uses a queue of the port; a port without a use for them ignores it.
     */
    default void kernels(final Kernels kernels) {}

    /** The driver's own statistics by name, a snapshot; also what it dropped and why. */
    default Map<String, Long> statistics() {
        return Map.of();
    }

    /** How the driver runs, for {@code joyride:interfaces}: a few words, such as {@code zero-copy}. */
    String mode();

    /** Stops the port, after what was given to transmit has gone out. No queue is in use any more. Idempotent. */
    @Override
    void close();
}
