package joyride.core.tcp;

import joyride.api.memory.Kernels;
import joyride.api.socket.SendRing;

/** Takes payload out of a send ring, which lies there in pieces, into a frame. */
final class Payload {
    private Payload() {}

    static void copy(final Kernels kernels, final SendRing ring, final long position, final long to, final int length) {
        int done = 0;
        while (done < length) {
            final int piece = ring.contiguous(position + done, length - done);
            kernels.copy(ring.address(position + done), to + done, piece);
            done += piece;
        }
    }

    static long copyAndSum(
            final Kernels kernels,
            final SendRing ring,
            final long position,
            final long to,
            final int length,
            final long initial) {
        long sum = initial;
        int done = 0;
        while (done < length) {
            final int piece = ring.contiguous(position + done, length - done);
            final long from = ring.address(position + done);
            if ((done & 1) == 0) {
                sum = kernels.copyAndSum(from, to + done, piece, sum);
            } else {
                // At an odd offset bytes change places in their words (RFC 1071 §2).
                final int odd = Kernels.fold(kernels.copyAndSum(from, to + done, piece, 0));
                sum += (odd & 0xff) << 8 | odd >>> 8;
            }
            done += piece;
        }
        return sum;
    }
}
