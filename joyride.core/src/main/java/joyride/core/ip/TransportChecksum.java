package joyride.core.ip;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/** The checksum of TCP and UDP over a finished packet of either family. */
final class TransportChecksum {
    private TransportChecksum() {}

    /** Replaces the pseudo-header's sum in the checksum field by the checksum. */
    static void complete(final Kernels kernels, final long transport, final int length, final int protocol) {
        final int field = protocol == Ipv4.TCP ? 16 : 6;
        final int sum = ~Kernels.fold(kernels.sum(transport, length, 0)) & 0xffff;
        Memory.putShortBE(transport + field, sum == 0 && protocol == Ipv4.UDP ? 0xffff : sum);
    }
}
