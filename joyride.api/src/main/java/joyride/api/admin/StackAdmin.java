package joyride.api.admin;

import java.util.List;
import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The service as its console sees it: an OSGi service of core. Called on any thread but an event loop; each call is a task
 * that the loop runs between two turns, and fails with {@link AdminException} if the loop does not answer in 5 s.
 */
@ProviderType
public interface StackAdmin {
    List<InterfaceView> interfaces();

    List<RouteView> routes();

    List<NeighbourView> neighbours();

    List<InstanceView> instances();

    List<SocketView> sockets();

    /** TCP variants, congestion controls, NIC drivers and IPC transports in the framework, and which are in use. */
    List<VariantView> variants();

    /** Counters by group ({@code tcp}, {@code ip}, {@code loop}, an interface's name, {@code instance 3}…) and name. */
    Map<String, Map<String, Long>> counters();

    /** Packets dropped, by reason, all that are not 0. */
    List<DropView> drops();

    /** All sysctl values of an instance ({@code 0}: the defaults for new instances) by FreeBSD's name. */
    Map<String, String> sysctl(long instance);

    /** Sets one. @throws AdminException if there is no such name or the value is out of its range */
    void sysctl(long instance, String name, String value);

    /**
     * Puts another part in service while connections live.
     *
     * @param kind {@code tcp}, {@code cc}, {@code nic} or {@code ipc}
     * @param name of the variant, congestion control, driver or transport
     * @param scope what it is for
     * @return what was done and how long the pause was, one line
     * @throws AdminException with why not, in one line; then everything is as it was
     */
    String swap(String kind, String name, SwapScope scope);

    /**
     * Lets the TCP variants, congestion controls and transports of {@code bundle} serve their names before all others, whatever their ranking, until
     * any part of the same name goes: for an update, so that old and new content are both there while connections change hands. Blocks
     * meanwhile. What is refused then says so in {@link #variants}, and who served before it goes on.
     *
     * @param bundle as {@link VariantView#bundle} has it
     */
    void prefer(String bundle);

    /** For work beside which programs are served, such as an update. */
    Background background();

    /** Work that gives way to those who serve and are served, as long as somebody waits for it. */
    interface Background extends AutoCloseable {
        /** On the thread that does it, which ends with it: it, those that it begins, and the JIT compiler's have little of a busy core from now on. */
        void begin();

        /** It has come to its end, or nobody waits for it any more: all but the thread that does it are as before. Any thread. */
        @Override
        void close();
    }

    /** The latest replacements of parts, on command or because bundles came and went, oldest first. */
    List<SwapView> swaps();

    /** Starts to copy an interface's packets to a pcap file. @param packets stop after so many; 0: until stopped */
    void startCapture(String interfaceName, String file, long packets);

    /** Stops it and returns how many packets were written. */
    long stopCapture(String interfaceName);

    /**
     * Begins to keep the last events of a TCP connection (segments, timers) with the state that they met.
     *
     * @param connection {@code LOCAL REMOTE} as {@link #sockets} shows them
     * @param events 1..65536, about 100 bytes each
     * @throws AdminException if there is no such connection, or too many are traced
     */
    void startTrace(String connection, int events);

    /** Ends that and writes them to a pcapng file. @return how many events there are */
    long stopTrace(String connection, String file);

    /** Whether replacement code is compiled: a state of its own after start. */
    boolean warm();

    /**
     * @param mode of the driver; {@code port} is false while no driver serves it
     * @param offloads what is done to frames and segments, and by whom: {@code checksum}, {@code tso} and {@code lro}, with {@code :nic} where the port does
     *     it; {@code -}: nothing
     */
    record InterfaceView(
            String name,
            String driver,
            String mode,
            String offloads,
            boolean up,
            String mac,
            int mtu,
            List<String> addresses,
            long rxPackets,
            long rxBytes,
            long txPackets,
            long txBytes,
            long drops) {}

    record RouteView(String destination, String gateway, String interfaceName, String flags) {}

    record NeighbourView(String address, String mac, String interfaceName, String state, long expiresSeconds) {}

    /** @param state {@code running}, or why it ended */
    record InstanceView(
            long id,
            String name,
            String processes,
            String state,
            String variant,
            String congestionControl,
            int sockets,
            long memoryUsed,
            long memoryQuota) {}

    /**
     * @param accelerated whether its bytes go over Joyride, and {@code reason} why not, or what is special about it
     * @param processes pids that hold it
     */
    record SocketView(
            long instance,
            String protocol,
            String local,
            String remote,
            String state,
            String variant,
            String congestionControl,
            long receiveQueue,
            long sendQueue,
            long cwnd,
            long rttMicros,
            boolean accelerated,
            String reason,
            String processes) {}

    /** @param kind {@code tcp}, {@code cc}, {@code nic} or {@code ipc}; {@code users}: connections or ports that use it */
    record VariantView(String kind, String name, String bundle, String state, long users) {}

    /**
     * What a swap is for. Of {@code tcp} and {@code cc} all instances, one, or one connection; of {@code nic} all interfaces or
     * one; of {@code ipc} all.
     *
     * @param instance 0: all, and the default for new ones
     * @param connection of that instance, or of any: {@code LOCAL REMOTE}, as {@link SocketView} has them; empty: all
     * @param interfaceName empty: all
     */
    record SwapScope(long instance, String connection, String interfaceName) {
        /** Everything. */
        public static final SwapScope ALL = new SwapScope(0, "", "");

        public static SwapScope ofInstance(final long instance) {
            return new SwapScope(instance, "", "");
        }

        public static SwapScope ofConnection(final long instance, final String connection) {
            return new SwapScope(instance, connection, "");
        }

        public static SwapScope ofInterface(final String name) {
            return new SwapScope(0, "", name);
        }
    }

    /**
     * A replacement.
     *
     * @param millis when, ms since 1970
     * @param kind {@code tcp}, {@code cc}, {@code nic} or {@code ipc}
     * @param where instance, connection or interface; {@code all}
     * @param from name and bundle before, {@code -} if there was none
     * @param to name and bundle now
     * @param pauseMicros how long nobody served, µs
     * @param moved connections that changed hands; of a driver: ports
     * @param segmentsPerSecond TCP segments received and sent in the second after it; -1 while that is not over
     */
    record SwapView(
            long millis,
            String kind,
            String where,
            String from,
            String to,
            long pauseMicros,
            long moved,
            long segmentsPerSecond) {}

    record DropView(String where, String reason, String description, long packets) {}
}
