package joyride.testkit.packetdrill;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value;
import joyride.testkit.simulation.MemoryEndpoint;

/** The system calls of a script, on sockets of the host. Results are as of the calls, or a negative errno. */
final class Sockets {
    /** Where servers of scripts listen, and where clients connect to. */
    static final int PORT = 8080;

    private static final int FIRST_REMOTE_PORT = 20_000;
    private static final int IRS = 0x1000_0000;
    private static final int IRS_STEP = 0x0123_4567;

    /** A call that may have to wait: null as long as it does. */
    interface Attempt {
        Long result();
    }

    private final Rig rig;
    private final Map<Integer, Descriptor> descriptors = new TreeMap<>();
    private Flow flow = new Flow(PORT, FIRST_REMOTE_PORT, IRS);
    private int flows;
    private Descriptor focus;

    Sockets(final Rig rig) {
        this.rig = rig;
    }

    /** The connection that packets of the script belong to. */
    Flow flow() {
        return flow;
    }

    /** The socket that the script turned to last. */
    Descriptor focus() {
        return focus;
    }

    Map<Integer, Descriptor> descriptors() {
        return descriptors;
    }

    /** Starts a call. @param number the descriptor's, where it makes one */
    Attempt start(final CallAction call) {
        final List<Value> arguments = call.arguments();
        if (call.name().equals("socket")) {
            return done(socket(call.result()));
        }
        final Descriptor descriptor = descriptors.get((int) Numbers.of(arguments.getFirst()));
        if (descriptor == null) {
            return done(-Errno.EBADF);
        }
        return switch (call.name()) {
            case "bind" -> done(bind(descriptor));
            case "listen" -> done(listen(descriptor, (int) Numbers.of(arguments.get(1))));
            case "connect" -> connect(descriptor);
            case "accept" -> accept(descriptor, call.result());
            case "fcntl" -> done(fcntl(descriptor, arguments));
            case "getsockopt", "setsockopt" -> done(new Options(rig).call(descriptor, call));
            case "recv", "recvfrom", "read" -> receive(descriptor, arguments);
            case "send", "write" ->
                send(
                        descriptor,
                        (int) Numbers.of(arguments.get(2)),
                        arguments.size() > 3 && (Numbers.of(arguments.get(3)) & Numbers.MSG_OOB) != 0);
            case "sendto" -> sendTo(descriptor, (int) Numbers.of(arguments.get(2)));
            case "shutdown" -> done(shutdown(descriptor, Numbers.of(arguments.get(1))));
            case "close" -> done(close((int) Numbers.of(arguments.getFirst()), descriptor));
            default -> throw Mismatch.unsupported("the call " + call.name());
        };
    }

    private static Attempt done(final long result) {
        return () -> result;
    }

    /** The number is the script's choice: the lowest free one, in its eyes. */
    private long socket(final Long number) {
        if (number == null || number < 0) {
            return number == null ? -Errno.EINVAL : 0;
        }
        focus = new Descriptor(rig.host().programs().open(new Descriptor.Idle()));
        descriptors.put((int) (long) number, focus);
        return number;
    }

    private void newFlow(final int localPort, final int remotePort) {
        flows++;
        flow = new Flow(localPort, remotePort, IRS + flows * IRS_STEP);
    }

    private long bind(final Descriptor descriptor) {
        descriptor.boundPort = PORT;
        return -descriptor.endpoint.socket().bind(rig.any(), PORT, 0);
    }

    private long listen(final Descriptor descriptor, final int backlog) {
        if (!descriptor.listening) {
            newFlow(PORT, FIRST_REMOTE_PORT + flows);
        }
        descriptor.listening = true;
        return -descriptor.endpoint.listenBound(backlog);
    }

    private Attempt connect(final Descriptor descriptor) {
        if (!descriptor.started) {
            newFlow(descriptor.boundPort == 0 ? Flow.UNKNOWN : descriptor.boundPort, PORT);
            descriptor.started = true;
            final int errno = descriptor.endpoint.socket().connect(rig.remote(), PORT);
            if (errno != 0) {
                return done(-errno);
            }
            if (descriptor.nonBlocking) {
                return done(-Errno.EINPROGRESS);
            }
        }
        return () -> {
            final int error = descriptor.takeError();
            return error != 0 ? Long.valueOf(-error) : descriptor.endpoint.isConnected() ? Long.valueOf(0) : null;
        };
    }

    private Attempt accept(final Descriptor listener, final Long number) {
        return orAgain(listener, () -> {
            final MemoryEndpoint accepted = listener.endpoint.accept();
            if (accepted == null) {
                return null;
            }
            accepted.socket().accepted();
            if (number == null || number < 0) {
                return (long) descriptors.size() + 3;
            }
            focus = new Descriptor(accepted);
            descriptors.put((int) (long) number, focus);
            return number;
        });
    }

    private static Attempt orAgain(final Descriptor descriptor, final Attempt attempt) {
        if (!descriptor.nonBlocking) {
            return attempt;
        }
        final Long result = attempt.result();
        return done(result == null ? -Errno.EAGAIN : result);
    }

    private static long fcntl(final Descriptor descriptor, final List<Value> arguments) {
        switch (Numbers.name(arguments.get(1))) {
            case "F_GETFL":
                return Numbers.O_RDWR | (descriptor.nonBlocking ? Numbers.O_NONBLOCK : 0);
            case "F_SETFL":
                descriptor.nonBlocking = (Numbers.of(arguments.get(2)) & Numbers.O_NONBLOCK) != 0;
                return 0;
            default:
                throw Mismatch.unsupported("fcntl " + arguments.get(1));
        }
    }

    private Attempt receive(final Descriptor descriptor, final List<Value> arguments) {
        final int most = (int) Numbers.of(arguments.get(2));
        final boolean peek = arguments.size() > 3 && (Numbers.of(arguments.get(3)) & Numbers.MSG_PEEK) != 0;
        final MemoryEndpoint endpoint = descriptor.endpoint;
        if (arguments.size() > 3 && (Numbers.of(arguments.get(3)) & Numbers.MSG_OOB) != 0) {
            return done(endpoint.receiveUrgent(peek));
        }
        return orAgain(descriptor, () -> {
            final int available = endpoint.readable(most);
            if (available > 0) {
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

    private static Attempt send(final Descriptor descriptor, final int bytes, final boolean urgent) {
        final int error = descriptor.takeError();
        if (error != 0) {
            return done(-error);
        }
        if (descriptor.endpoint.isSendClosed()) {
            return done(-Errno.EPIPE);
        }
        final int[] left = {bytes};
        return orAgain(descriptor, () -> {
            produce(descriptor, left, urgent);
            final boolean part = descriptor.nonBlocking && left[0] < bytes;
            return left[0] == 0 || part ? Long.valueOf(bytes - left[0]) : null;
        });
    }

    private static void produce(final Descriptor descriptor, final int[] left, final boolean urgent) {
        final int before = left[0];
        while (left[0] > 0) {
            final int piece = descriptor.endpoint.sendRing().writable(left[0]);
            if (piece == 0) {
                break;
            }
            descriptor.endpoint.sendRing().produce(piece);
            left[0] -= piece;
        }
        if (urgent && left[0] == 0 && before > 0) {
            descriptor
                    .endpoint
                    .socket()
                    .writtenUrgent(descriptor.endpoint.sendRing().produced());
        } else if (left[0] < before) {
            descriptor.endpoint.socket().written();
        }
    }

    /** With a destination: connects first; under TCP_FASTOPEN the data may go with the SYN (RFC 7413). */
    private Attempt sendTo(final Descriptor descriptor, final int bytes) {
        final Socket socket = descriptor.endpoint.socket();
        if (descriptor.started || socket.remotePort() != 0) {
            return send(descriptor, bytes, false);
        }
        if (!descriptor.fastOpen) {
            return done(-Errno.ENOTCONN);
        }
        newFlow(descriptor.boundPort == 0 ? Flow.UNKNOWN : descriptor.boundPort, PORT);
        descriptor.started = true;
        produce(descriptor, new int[] {bytes}, false);
        final int errno = socket.connect(rig.remote(), PORT);
        return done(errno != 0 ? -errno : bytes);
    }

    private static long shutdown(final Descriptor descriptor, final long how) {
        final Socket socket = descriptor.endpoint.socket();
        if (how != 0) {
            socket.shutdownSend();
        }
        if (how != 1) {
            socket.shutdownReceive();
        }
        return 0;
    }

    private long close(final int number, final Descriptor descriptor) {
        descriptors.remove(number);
        descriptor.endpoint.close();
        return 0;
    }
}
