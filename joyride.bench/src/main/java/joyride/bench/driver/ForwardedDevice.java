package joyride.bench.driver;

import java.util.List;
import java.util.stream.Stream;
import joyride.testkit.netns.Laboratory;

/**
 * Devices between which frames of 64 bytes are forwarded. Each port's frames go out of the next port, so that what goes out comes in again
 * somewhere.
 *
 * @param ports names in DPDK, with the arguments; SOCKET stands for a path
 * @param circulating whether frames must be put in first; the device makes none
 */
public record ForwardedDevice(String name, List<String> ports, boolean circulating) {
    /** Devices that are memory: they need neither a right nor a kernel. */
    public static final List<ForwardedDevice> MEMORY = List.of(
            new ForwardedDevice("null", List.of("net_null0"), false),
            new ForwardedDevice("ring", List.of("net_ring0"), true),
            new ForwardedDevice(
                    "memif",
                    List.of(
                            "net_memif0,role=server,socket-abstract=no,socket=SOCKET",
                            "net_memif1,role=client,socket-abstract=no,socket=SOCKET"),
                    true));

    /** Both ends of a veth pair, named as in {@link joyride.testkit.netns.Laboratory}, in one namespace. */
    public static final ForwardedDevice AF_XDP = new ForwardedDevice(
            "af_xdp",
            List.of(
                    "net_af_xdp0,iface=" + Laboratory.OURS + ",start_queue=0,queue_count=1",
                    "net_af_xdp1,iface=" + Laboratory.THEIRS + ",start_queue=0,queue_count=1"),
            true);

    /** As many as the event loop takes at once. */
    public static final int BURST = 64;

    public static final int FRAME = 64;
    public static final int FRAMES = 8192;
    public static final int DESCRIPTORS = 1024;

    static ForwardedDevice of(final String name) {
        return Stream.concat(MEMORY.stream(), Stream.of(AF_XDP))
                .filter(device -> device.name.equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("no device '" + name + "'; there are null, ring, memif, af_xdp"));
    }
}
