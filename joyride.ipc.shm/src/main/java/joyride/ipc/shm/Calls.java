package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.api.socket.ProgramPolicy.Call;
import joyride.api.socket.ProgramPolicy.Decision;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;
import joyride.api.socket.StackInstance;

/** Carries out the calls (JR_OP_*) of an instance's waiters. Control paths: may allocate. On the event loop. */
final class Calls {
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final System.Logger LOG = System.getLogger(Calls.class.getName());

    private final ShmInstance instance;
    private final InstanceMemory memory;

    Calls(final ShmInstance instance, final InstanceMemory memory) {
        this.instance = instance;
        this.memory = memory;
    }

    /** Carries out the call of waiter {@code number}, if it submitted one, and answers. */
    void carryOut(final int number) {
        final long at = memory.waiter(number);
        if (Memory.getIntAcquire(at + WAITER_STATUS) != JR_CALL_SUBMITTED) {
            return;
        }
        final int process = Memory.getInt(at + WAITER_OWNER) - 1;
        if (!instance.processes().attached(process)) {
            return;
        }
        Memory.putInt(at + WAITER_RESULT, result(at, process));
        Memory.putIntVolatile(at + WAITER_STATUS, JR_CALL_DONE);
        instance.readiness().later(number);
    }

    private int result(final long at, final int process) {
        final int op = Memory.getInt(at + WAITER_OP);
        final int slot = Memory.getInt(at + WAITER_SOCKET);
        final int generation = Memory.getInt(at + WAITER_GENERATION);
        switch (op) {
            case JR_OP_NOP:
                return 0;
            case JR_OP_OPEN:
                return openPlain(at, process);
            case JR_OP_CONNECT:
                if (slot == JR_NO_SOCKET) {
                    return connect(null, at, process);
                }
                break;
            case JR_OP_LISTEN:
                if (slot == JR_NO_SOCKET) {
                    return listen(null, at, process);
                }
                break;
            case JR_OP_GETOPT, JR_OP_SETOPT, JR_OP_MD5KEY, JR_OP_DISCONNECT:
                break;
            default:
                return -Errno.EINVAL;
        }
        final ShmEndpoint endpoint = instance.sockets().held(slot, generation, process);
        if (endpoint == null || endpoint.socket() == null) {
            return -Errno.EBADF;
        }
        return switch (op) {
            case JR_OP_CONNECT -> endpoint.isPlain() ? connect(endpoint, at, process) : -Errno.EINVAL;
            case JR_OP_LISTEN -> endpoint.isPlain() ? listen(endpoint, at, process) : backlog(endpoint, at);
            case JR_OP_MD5KEY -> md5Key(endpoint.socket(), at + WAITER_DATA);
            case JR_OP_GETOPT -> OptionCalls.get(endpoint.socket(), at);
            case JR_OP_SETOPT -> OptionCalls.set(endpoint.socket(), at);
            default -> {
                endpoint.socket().abort();
                yield 0;
            }
        };
    }

    private static IpAddress address(final long at) {
        final IpAddress address = new IpAddress(Memory.getLongBE(at), Memory.getLongBE(at + 8));
        final int family = Memory.getShort(at + ADDRESS_FAMILY);
        return family == AF_INET && address.isAny() ? IpAddress.ANY_V4 : address;
    }

    private static int port(final long at) {
        return Memory.getShort(at + ADDRESS_PORT) & 0xffff;
    }

    /** A socket that is neither connected nor listening yet. */
    private int openPlain(final long at, final int process) {
        final ShmEndpoint endpoint = open((int) Memory.getLong(at + WAITER_ARGS));
        return endpoint == null ? -Errno.ENOBUFS : opened(endpoint, at, process);
    }

    /** @param plain what it is to be on; null: a fresh one */
    private int connect(final ShmEndpoint plain, final long at, final int process) {
        final int result = tryConnect(plain, at, process);
        if (result < 0 && plain != null) {
            plain.close(true);
        }
        return result;
    }

    private int tryConnect(final ShmEndpoint plain, final long at, final int process) {
        final long data = at + WAITER_DATA;
        final long local = data + CONNECT_LOCAL;
        final long remote = data + CONNECT_REMOTE;
        final IpAddress to = address(remote);
        final int toPort = port(remote);
        final Decision decision = instance.policy().decide(Call.CONNECT, to, toPort);
        final int decided = decided(decision);
        if (decided != 0) {
            return decided;
        }
        final StackInstance core = instance.core();
        if (decision.udpPort() == 0 && core.isLocal(to) && !core.hasListener(to, toPort)) {
            return -JR_USE_KERNEL;
        }
        final ShmEndpoint endpoint = plain != null ? plain : open(Memory.getShort(remote + ADDRESS_FAMILY));
        if (endpoint == null) {
            return -Errno.ENOBUFS;
        }
        final Socket socket = endpoint.socket();
        endpoint.instance().options().accept(endpoint, data + CONNECT_OPTION_FLAGS);
        final int tunnelled = inDatagrams(socket, decision);
        if (tunnelled != 0) {
            return refused(endpoint, plain, tunnelled);
        }
        final IpAddress from = address(local);
        final int fromPort = port(local);
        int failed = 0;
        if (!from.isAny() || fromPort != 0) {
            failed = socket.bind(from, fromPort, 0);
        }
        if (failed == 0) {
            failed = open(socket, to, toPort, Memory.getInt(data + CONNECT_FLAGS));
        }
        if (failed != 0 && failed != Errno.EINPROGRESS) {
            return refused(endpoint, plain, failed);
        }
        endpoint.connecting();
        return opened(endpoint, at, process);
    }

    /** Connects, with Fast Open if {@code flags} (JR_CONNECT_*) ask for it. @return 0, or a positive errno */
    private static int open(final Socket socket, final IpAddress to, final int port, final int flags) {
        if ((flags & JR_CONNECT_NO_COOKIE) != 0) {
            socket.setOption(SocketOption.TCP_FASTOPEN_NO_COOKIE, 1);
        }
        int failed = socket.connect(to, port, (flags & JR_CONNECT_FASTOPEN) != 0 ? Socket.FAST_OPEN : 0);
        if (failed == Errno.EOPNOTSUPP && (flags & JR_CONNECT_FASTOPEN_ONLY) == 0) {
            failed = socket.connect(to, port);
        }
        return failed;
    }

    /** A rule's port for TCP in datagrams, unless the program chose one. @return 0, or a positive errno */
    private static int inDatagrams(final Socket socket, final Decision decision) {
        if (decision.udpPort() == 0 || socket.getOption(SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT) > 0) {
            return 0;
        }
        if (socket.setOption(SocketOption.TCP_REMOTE_UDP_ENCAPS_PORT, decision.udpPort()) == 0) {
            return 0;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "a connection was refused: " + decision.rule() + " says udp:" + decision.udpPort()
                        + " and net.inet.tcp.udp_tunneling_port of the program is 0; set it by joyride:sysctl");
        return Errno.EPROTONOSUPPORT;
    }

    /** What the policy says: programs look before they ask, but may be late. @return 0: it is Joyride's */
    private static int decided(final Decision decision) {
        return switch (decision.action()) {
            case JOYRIDE, LOCAL, UDP -> 0;
            case KERNEL -> -JR_USE_KERNEL;
            case REFUSE -> -Errno.EACCES;
        };
    }

    /** @param plain what it is to be on; null: a fresh one */
    private int listen(final ShmEndpoint plain, final long at, final int process) {
        final int result = tryListen(plain, at, process);
        if (result < 0 && plain != null) {
            plain.close(true);
        }
        return result;
    }

    private int tryListen(final ShmEndpoint plain, final long at, final int process) {
        final long data = at + WAITER_DATA;
        final long local = data + LISTEN_LOCAL;
        final int port = port(local);
        if (port != 0 && !instance.mayBind(port)) {
            return -Errno.EACCES;
        }
        final int decided = decided(instance.policy().decide(Call.LISTEN, address(local), port));
        if (decided != 0) {
            return decided;
        }
        final int backlog = backlogOf(data);
        final int flags = Memory.getInt(data + LISTEN_FLAGS);
        final ShmEndpoint endpoint = plain != null ? plain : open(Memory.getShort(local + ADDRESS_FAMILY));
        if (endpoint == null) {
            return -Errno.ENOBUFS;
        }
        final Socket socket = endpoint.socket();
        endpoint.instance().options().accept(endpoint, data + LISTEN_OPTION_FLAGS);
        if ((flags & JR_LISTEN_REUSEADDR) != 0) {
            socket.setOption(SocketOption.SO_REUSEADDR, 1);
        }
        if ((flags & JR_LISTEN_REUSEPORT) != 0) {
            socket.setOption(SocketOption.SO_REUSEPORT, 1);
        }
        final int alone = (flags & JR_LISTEN_V6ONLY) != 0 ? Socket.V6_ONLY : 0;
        int failed = socket.bind(address(local), port, alone);
        if (failed == Errno.EADDRINUSE && instance.dropStaleListeners(port)) {
            failed = socket.bind(address(local), port, alone);
        }
        if (failed == 0) {
            failed = socket.listen(backlog);
        }
        if (failed != 0) {
            return refused(endpoint, plain, failed);
        }
        endpoint.listens(backlog);
        endpoint.listening().twin(Memory.getLong(data + LISTEN_TWIN));
        return opened(endpoint, at, process);
    }

    /** The caller closes what it had before. */
    private static int refused(final ShmEndpoint endpoint, final ShmEndpoint plain, final int errno) {
        if (endpoint != plain) {
            endpoint.close(true);
        }
        return -errno;
    }

    private static int md5Key(final Socket socket, final long data) {
        final int length = Memory.getInt(data + MD5KEY_LENGTH);
        if (length < 0 || length > MD5KEY_SIZEOF - MD5KEY_KEY) {
            return -Errno.EINVAL;
        }
        final byte[] key = new byte[length];
        Memory.copyOut(data + MD5KEY_KEY, key, 0, length);
        return -socket.md5Key(address(data + MD5KEY_PEER), Memory.getInt(data + MD5KEY_PREFIX), key);
    }

    private static int backlogOf(final long data) {
        return Math.clamp(Memory.getInt(data + LISTEN_BACKLOG) & 0xffff_ffffL, 1, 65535);
    }

    private ShmEndpoint open(final int family) {
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        final ShmEndpoint endpoint = instance.sockets().allocate();
        if (endpoint == null) {
            return null;
        }
        final Socket socket = instance.core().openStream(endpoint);
        if (socket == null) {
            endpoint.discard();
            return null;
        }
        endpoint.open(socket, family);
        return endpoint;
    }

    private static int opened(final ShmEndpoint endpoint, final long at, final int process) {
        endpoint.hold(process);
        Memory.putInt(at + WAITER_SOCKET, endpoint.slot);
        Memory.putInt(at + WAITER_GENERATION, endpoint.generation());
        return 0;
    }

    private static int backlog(final ShmEndpoint endpoint, final long at) {
        if (endpoint.listening() == null) {
            return -Errno.EINVAL;
        }
        final int backlog = backlogOf(at + WAITER_DATA);
        final int failed = endpoint.socket().listen(backlog);
        if (failed == 0) {
            endpoint.listens(backlog);
        }
        return -failed;
    }
}
