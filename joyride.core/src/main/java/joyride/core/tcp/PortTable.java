package joyride.core.tcp;

import joyride.api.socket.Errno;
import joyride.api.time.RandomSource;
import joyride.core.share.Claims;
import joyride.core.share.Wildcards;

/**
 * Who holds which local port, TCP and UDP, of all stack instances of a loop. The rules are those that Linux programs expect:
 * SO_REUSEADDR shares a port that nobody listens on, SO_REUSEPORT shares it among sockets that all set it.
 */
public final class PortTable {
    /** SO_REUSEADDR. */
    public static final int REUSE_ADDRESS = 1;

    /** SO_REUSEPORT. */
    public static final int REUSE_PORT = 2;

    private static final int PORTS = 65536;

    private final Binding[] heads = new Binding[PORTS];
    private final Claims claims;

    /** TCP connections by local port, TIME_WAIT included. */
    private final int[] connections = new int[PORTS];

    /** @param claims is told of every local port that is held */
    public PortTable(final Claims claims) {
        this.claims = claims;
        claims.holders(this::tell);
    }

    private void tell(final Claims.Holder holder) {
        for (final Binding head : heads) {
            for (Binding binding = head; binding != null; binding = binding.next) {
                holder.holds(binding.high, binding.low, binding.protocol, binding.port);
            }
        }
    }

    /** A socket's hold on a port. */
    public static final class Binding {
        final int protocol;
        final long high;
        final long low;
        final int port;
        int flags;
        boolean listening;

        /** Whose it is; null: UDP's. */
        TcpSocket socket;

        private Binding next;

        private Binding(final int protocol, final long high, final long low, final int port, final int flags) {
            this.protocol = protocol;
            this.high = high;
            this.low = low;
            this.port = port;
            this.flags = flags;
        }

        public int port() {
            return port;
        }
    }

    /**
     * Whether a socket may bind there.
     *
     * @return 0 or EADDRINUSE
     */
    public int check(final int protocol, final long high, final long low, final int port, final int flags) {
        for (Binding other = heads[port]; other != null; other = other.next) {
            if (other.protocol == protocol
                    && Wildcards.overlap(other.high, other.low, high, low)
                    && !shared(other, flags, protocol)) {
                return Errno.EADDRINUSE;
            }
        }
        if (protocol == TcpHeader.PROTOCOL
                && connections[port] > 0
                && (flags & (REUSE_ADDRESS | REUSE_PORT)) == 0
                && heads[port] == null) {
            return Errno.EADDRINUSE;
        }
        return 0;
    }

    /** Takes a port that {@link #check} found free. */
    public Binding bind(final int protocol, final long high, final long low, final int port, final int flags) {
        final Binding binding = new Binding(protocol, high, low, port, flags);
        binding.next = heads[port];
        heads[port] = binding;
        claims.hold(high, low, protocol, port);
        return binding;
    }

    /** Turns a TCP binding into a listener's: 0, or EADDRINUSE if another listens there already. */
    public int listen(final Binding binding) {
        for (Binding other = heads[binding.port]; other != null; other = other.next) {
            if (other != binding
                    && other.protocol == binding.protocol
                    && other.listening
                    && Wildcards.overlap(other.high, other.low, binding.high, binding.low)
                    && (other.flags & binding.flags & REUSE_PORT) == 0) {
                return Errno.EADDRINUSE;
            }
        }
        binding.listening = true;
        return 0;
    }

    /** A socket that holds the port at that address, or null. */
    Binding find(final int protocol, final long high, final long low, final int port) {
        for (Binding at = heads[port]; at != null; at = at.next) {
            if (at.protocol == protocol && Wildcards.overlap(at.high, at.low, high, low)) {
                return at;
            }
        }
        return null;
    }

    public void release(final Binding binding) {
        Binding previous = null;
        for (Binding at = heads[binding.port]; at != null; at = at.next) {
            if (at == binding) {
                if (previous == null) {
                    heads[binding.port] = at.next;
                } else {
                    previous.next = at.next;
                }
                claims.letGo(at.high, at.low, at.protocol, at.port);
                return;
            }
            previous = at;
        }
    }

    /** Whether an ephemeral port may be bound there: nothing is, and on a shared address it is one that the kernel leaves to us. */
    boolean isEphemeral(final int protocol, final long high, final long low, final int port) {
        return claims.inRange(high, low, port) && isFree(protocol, high, low, port);
    }

    /** Whether nothing is bound there. */
    public boolean isFree(final int protocol, final long high, final long low, final int port) {
        for (Binding other = heads[port]; other != null; other = other.next) {
            if (other.protocol == protocol && Wildcards.overlap(other.high, other.low, high, low)) {
                return false;
            }
        }
        return true;
    }

    /**
     * A free ephemeral port (RFC 6056 §3.3.1), for a bind to port 0.
     *
     * @return the port; 0 if all of {@code first..last} are taken
     */
    public int ephemeral(
            final int protocol,
            final long high,
            final long low,
            final int first,
            final int last,
            final RandomSource random) {
        final int count = last - first + 1;
        if (count <= 0) {
            return 0;
        }
        int port = first + random.nextInt(count);
        for (int tried = 0; tried < count; tried++) {
            if (isEphemeral(protocol, high, low, port) && (protocol != TcpHeader.PROTOCOL || connections[port] == 0)) {
                return port;
            }
            port = port == last ? first : port + 1;
        }
        return 0;
    }

    void connectionAdded(final long high, final long low, final int port) {
        connections[port]++;
        claims.hold(high, low, TcpHeader.PROTOCOL, port);
    }

    void connectionRemoved(final long high, final long low, final int port) {
        connections[port]--;
        claims.letGo(high, low, TcpHeader.PROTOCOL, port);
    }

    private static boolean shared(final Binding other, final int flags, final int protocol) {
        if ((other.flags & flags & REUSE_PORT) != 0) {
            return true;
        }
        return (other.flags & flags & REUSE_ADDRESS) != 0 && (protocol != TcpHeader.PROTOCOL || !other.listening);
    }
}
