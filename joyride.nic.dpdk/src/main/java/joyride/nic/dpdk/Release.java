package joyride.nic.dpdk;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * The long-term releases of DPDK whose structures are known, newest first. Offsets in bytes. Within a release's life the layout is fixed (DPDK's
 * ABI policy); {@link SelfTest} checks it nevertheless.
 */
enum Release {
    V24_11("24.11", 25, new FastPath(16, 0, 8, 80, 88, 64, 72), 40, 2272, 16_576, 72),
    V23_11("23.11", 24, new FastPath(16, 0, 8, 80, 88, 64, 72), 40, 2272, 16_576, 64),
    V22_11("22.11", 23, new FastPath(0, 24, 32, 64, 72, 88, 96), 36, 2264, 16_512, 48);

    /** Offsets in a port's entry of {@code rte_eth_fp_ops}: functions, and the arrays of queues and call-backs. */
    record FastPath(int receive, int rxData, int rxCallbacks, int transmit, int prepare, int txData, int txCallbacks) {}

    private final String version;
    private final int soname;
    private final FastPath fastPath;
    private final int maxRxPacketLength;
    private final int interruptConf;
    private final int deviceSize;
    private final int deviceData;

    Release(
            final String version,
            final int soname,
            final FastPath fastPath,
            final int maxRxPacketLength,
            final int interruptConf,
            final int deviceSize,
            final int deviceData) {
        this.version = version;
        this.soname = soname;
        this.fastPath = fastPath;
        this.maxRxPacketLength = maxRxPacketLength;
        this.interruptConf = interruptConf;
        this.deviceSize = deviceSize;
        this.deviceData = deviceData;
    }

    /** Year and month, as in {@code rte_version}. */
    String version() {
        return version;
    }

    /** The number behind {@code .so.} of its libraries. */
    int soname() {
        return soname;
    }

    FastPath fastPath() {
        return fastPath;
    }

    /** Of {@code max_rx_pktlen} in {@code struct rte_eth_dev_info}; what follows it up to {@code max_mac_addrs} moves with it. */
    int maxRxPacketLength() {
        return maxRxPacketLength;
    }

    /** Of {@code intr_conf} in {@code struct rte_eth_conf}. */
    int interruptConf() {
        return interruptConf;
    }

    /** Bytes of a {@code struct rte_eth_dev}. */
    int deviceSize() {
        return deviceSize;
    }

    /** Of {@code data} in it. */
    int deviceData() {
        return deviceData;
    }

    /** Whether {@code rte_version}'s text, such as {@code DPDK 22.11.11}, is of this release. */
    boolean matches(final String text) {
        return text.matches("\\D*" + version.replace(".", "\\.") + "(\\D.*)?");
    }

    /** All of them, for messages. */
    static String known() {
        return Arrays.stream(values()).map(Release::version).collect(Collectors.joining(", "));
    }
}
