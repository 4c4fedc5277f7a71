package joyride.nic.memif;

import static joyride.nic.memif.FrameLayout.ETHERNET;
import static joyride.nic.memif.FrameLayout.V4_HEADER;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;

/** The checksum of an IPv4 header, which is made always: it is short, and its reader looks at it. */
final class HeaderChecksum {
    private static final int CHECKSUM = 10;

    private HeaderChecksum() {}

    /** Completes that of the packet in a frame. */
    static void complete(final long frame, final int length) {
        final long ip = frame + ETHERNET;
        final int header = (Memory.getUnsignedByte(ip) & 15) << 2;
        if (header >= V4_HEADER && ETHERNET + header <= length) {
            Memory.putShortBE(ip + CHECKSUM, 0);
            Memory.putShortBE(ip + CHECKSUM, ~fold(ip, header));
        }
    }

    /** Of a header of {@code length} bytes. */
    static boolean isGood(final long ip, final int length) {
        return fold(ip, length) == 0xffff;
    }

    private static int fold(final long ip, final int length) {
        long sum = 0;
        for (int i = 0; i < length; i += Integer.BYTES) {
            sum += Memory.getIntBE(ip + i) & 0xffff_ffffL;
        }
        return Kernels.fold(sum);
    }
}
