package joyride.testkit.packetdrill;

import joyride.api.socket.Errno;
import joyride.testkit.packetdrill.Sockets.Attempt;
import joyride.testkit.simulation.MemoryEndpoint;

/** Calls that move data. */
final class Transfer {
    Attempt receive(final Descriptor descriptor, final Message message) {
        final boolean peek = message.has(Numbers.MSG_PEEK);
        final MemoryEndpoint endpoint = descriptor.endpoint;
        if (message.has(Numbers.MSG_OOB)) {
            return Sockets.done(endpoint.receiveUrgent(peek));
        }
        final int least = message.has(Numbers.MSG_WAITALL) ? message.bytes() : 1;
        return Sockets.orAgain(descriptor.nonBlocking || message.has(Numbers.MSG_DONTWAIT), () -> {
            final int available = endpoint.readable(message.bytes());
            if (available >= least || available > 0 && endpoint.atEnd()) {
                if (!peek) {
                    endpoint.receiveRing().consume(available);
                    endpoint.socket().consumed();
                }
                return (long) available;
            }
            final int error = descriptor.takeError();
            return error != 0 ? Long.valueOf(-error) : endpoint.atEnd() ? Long.valueOf(0) : null;
        });
    }

    Attempt send(final Descriptor descriptor, final Message message) {
        final int error = descriptor.takeError();
        if (error != 0) {
            return Sockets.done(-error);
        }
        if (descriptor.endpoint.isSendClosed()) {
            return Sockets.done(-Errno.EPIPE);
        }
        final int[] left = {message.bytes()};
        final boolean nonBlocking = descriptor.nonBlocking || message.has(Numbers.MSG_DONTWAIT);
        return Sockets.orAgain(nonBlocking, () -> {
            produce(descriptor, left, message);
            final boolean part = nonBlocking && left[0] < message.bytes();
            return left[0] == 0 || part ? Long.valueOf(message.bytes() - left[0]) : null;
        });
    }

    static void produce(final Descriptor descriptor, final int[] left, final Message message) {
        final int before = left[0];
        while (left[0] > 0) {
            final int piece = descriptor.endpoint.sendRing().writable(left[0]);
            if (piece == 0) {
                break;
            }
            descriptor.endpoint.sendRing().produce(piece);
            left[0] -= piece;
        }
        final boolean whole = left[0] == 0 && before > 0;
        if (whole && message.has(Numbers.MSG_EOF)) {
            // the FIN goes with the last of the data
            descriptor.endpoint.socket().shutdownSend();
        } else if (whole && message.has(Numbers.MSG_OOB)) {
            descriptor
                    .endpoint
                    .socket()
                    .writtenUrgent(descriptor.endpoint.sendRing().produced());
        } else if (left[0] < before) {
            descriptor.endpoint.socket().written();
        }
    }
}
