package joyride.bench;

import java.util.List;

/**
 * Devices between which frames of 64 bytes are forwarded. Each port's frames go out of the next port, so that what goes out comes in again
 * somewhere.
 *
 * @param ports names in DPDK, with the arguments; SOCKET stands for a path
 * @param circulating whether frames must be put in first; the device makes none
 */
record ForwardedDevice(String name, List<String> ports, boolean circulating) {
    static final List<ForwardedDevice> ALL = List.of(
            new ForwardedDevice("null", List.of("net_null0"), false),
            new ForwardedDevice("ring", List.of("net_ring0"), true),
            new ForwardedDevice(
                    "memif",
                    List.of(
                            "net_memif0,role=server,socket-abstract=no,socket=SOCKET",
                            "net_memif1,role=client,socket-abstract=no,socket=SOCKET"),
                    true));

    /** As many as the event loop takes at once. */
    static final int BURST = 64;

    static final int FRAME = 64;
    static final int FRAMES = 8192;
    static final int DESCRIPTORS = 1024;

    static ForwardedDevice of(final String name) {
        return ALL.stream()
                .filter(device -> device.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("no device '" + name + "'; there are null, ring, memif"));
    }
}
