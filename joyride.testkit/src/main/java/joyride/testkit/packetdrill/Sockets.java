package joyride.testkit.packetdrill;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value;
import joyride.testkit.simulation.MemoryEndpoint;

/** The system calls of a script, on sockets of the host. Results are as of the calls, or a negative errno. */
final class Sockets {
    /** A call that may have to wait: null as long as it does. */
    interface Attempt {
        Long result();
    }

    private final Rig rig;
    private final Flows flows;
    private final Transfer transfer = new Transfer();
    private final Map<Integer, Descriptor> descriptors = new TreeMap<>();
    private Descriptor focus;

    Sockets(final Rig rig) {
        this.rig = rig;
        flows = new Flows(rig.bindPort());
    }

    Flows flows() {
        return flows;
    }

    /** The socket that the script turned to last. */
    Descriptor focus() {
        return focus;
    }

    Map<Integer, Descriptor> descriptors() {
        return descriptors;
    }

    /** Starts a call. */
    Attempt start(final CallAction call) {
        final List<Value> arguments = call.arguments();
        switch (call.name()) {
            case "socket":
                return done(socket(arguments, call.result()));
            case "poll":
                return new Polling(descriptors).start(arguments);
            default:
                break;
        }
        if (arguments.isEmpty()) {
            throw Mismatch.unsupported("the call " + call.name() + " without arguments");
        }
        final Descriptor descriptor = descriptors.get((int) Numbers.of(arguments.getFirst()));
        if (descriptor == null) {
            return done(-Errno.EBADF);
        }
        return switch (call.name()) {
            case "bind" -> done(bind(descriptor, arguments));
            case "listen" -> done(listen(descriptor, (int) Numbers.of(arguments.get(1))));
            case "connect" -> connect(descriptor, arguments);
            case "accept" -> accept(descriptor, call.result());
            case "fcntl" -> done(fcntl(descriptor, arguments));
            case "ioctl" -> done(Polling.ioctl(descriptor, arguments));
            case "getsockopt", "setsockopt" -> done(new Options(rig).call(descriptor, call));
            case "recv", "recvfrom", "read", "readv", "recvmsg" -> transfer.receive(descriptor, Message.of(call));
            case "send", "write", "writev", "sendmsg" -> transfer.send(descriptor, Message.of(call));
            case "sendto" -> sendTo(descriptor, Message.of(call), arguments);
            case "shutdown" -> done(shutdown(descriptor, Numbers.of(arguments.get(1))));
            case "close" -> done(close((int) Numbers.of(arguments.getFirst()), descriptor));
            default -> throw Mismatch.unsupported("the call " + call.name());
        };
    }

    static Attempt done(final long result) {
        return () -> result;
    }

    /** The number is the script's choice: the lowest free one, in its eyes. */
    private long socket(final List<Value> arguments, final Long number) {
        if (arguments.size() != 3 || !Numbers.name(arguments.get(1)).equals("SOCK_STREAM")) {
            throw Mismatch.unsupported("a socket other than (..., SOCK_STREAM, IPPROTO_TCP)");
        }
        if (number == null || number < 0) {
            return number == null ? -Errno.EINVAL : 0;
        }
        focus = new Descriptor(rig.host().programs().open(new Descriptor.Idle()));
        descriptors.put((int) (long) number, focus);
        return number;
    }

    private long bind(final Descriptor descriptor, final List<Value> arguments) {
        final Address address = Address.of(arguments.get(1), rig.any(), rig.bindPort());
        descriptor.boundPort = address.port();
        return -descriptor.endpoint.socket().bind(address.ip(), address.port(), 0);
    }

    private long listen(final Descriptor descriptor, final int backlog) {
        if (!descriptor.listening) {
            flows.passive(descriptor.boundPort == 0 ? rig.bindPort() : descriptor.boundPort);
        }
        descriptor.listening = true;
        return -descriptor.endpoint.listenBound(backlog);
    }

    private Attempt connect(final Descriptor descriptor, final List<Value> arguments) {
        if (!descriptor.started) {
            final int errno = open(descriptor, Address.of(arguments.get(1), rig.remote(), rig.connectPort()));
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

    private int open(final Descriptor descriptor, final Address peer) {
        flows.active(descriptor.boundPort == 0 ? Flow.UNKNOWN : descriptor.boundPort, peer.port());
        descriptor.started = true;
        return descriptor.endpoint.socket().connect(peer.ip(), peer.port());
    }

    private Attempt accept(final Descriptor listener, final Long number) {
        return orAgain(listener.nonBlocking, () -> {
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

    static Attempt orAgain(final boolean nonBlocking, final Attempt attempt) {
        if (!nonBlocking) {
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
            case "F_GETFD":
                return descriptor.closeOnExec ? 1 : 0;
            case "F_SETFD":
                descriptor.closeOnExec = (Numbers.of(arguments.get(2)) & 1) != 0;
                return 0;
            default:
                throw Mismatch.unsupported("fcntl " + Numbers.name(arguments.get(1)));
        }
    }

    /** With a destination: connects first; under TCP_FASTOPEN the data may go with the SYN (RFC 7413). */
    private Attempt sendTo(final Descriptor descriptor, final Message message, final List<Value> arguments) {
        final Socket socket = descriptor.endpoint.socket();
        if (descriptor.started || socket.remotePort() != 0) {
            return transfer.send(descriptor, message);
        }
        if (!descriptor.fastOpen) {
            return done(-Errno.ENOTCONN);
        }
        Transfer.produce(descriptor, new int[] {message.bytes()}, message);
        final Value to = arguments.size() > 4 ? arguments.get(4) : new Value.Ellipsis();
        final int errno = open(descriptor, Address.of(to, rig.remote(), rig.connectPort()));
        return done(errno != 0 ? -errno : message.bytes());
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

    /** What an argument of type struct sockaddr names. */
    private record Address(IpAddress ip, int port) {
        static Address of(final Value value, final IpAddress ip, final int port) {
            return switch (value) {
                case Value.Ellipsis() -> new Address(ip, port);
                case Value.Struct(Map<String, Value> fields) ->
                    new Address(
                            fields.get("sin_addr") instanceof Value.Text(String text) ? IpAddress.parse(text) : ip,
                            fields.containsKey("sin_port") ? (int) Numbers.of(fields.get("sin_port")) : port);
                default -> throw Mismatch.unsupported("the address " + value);
            };
        }
    }
}
