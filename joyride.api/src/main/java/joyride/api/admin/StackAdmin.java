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
     * Moves connections to another TCP variant or congestion control.
     *
     * @param kind {@code tcp} or {@code cc}
     * @param name of the variant or congestion control
     * @param instance whose connections; 0: all, and the default for new instances
     * @return what was moved and how long it took, one line
     */
    String swap(String kind, String name, long instance);

    /** Starts to copy an interface's packets to a pcap file. @param packets stop after so many; 0: until stopped */
    void startCapture(String interfaceName, String file, long packets);

    /** Stops it and returns how many packets were written. */
    long stopCapture(String interfaceName);

    /** Whether replacement code is compiled: a state of its own after start. */
    boolean warm();

    /** @param mode of the driver; {@code port} is false while no driver serves it */
    record InterfaceView(
            String name,
            String driver,
            String mode,
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

    record DropView(String where, String reason, String description, long packets) {}
}
