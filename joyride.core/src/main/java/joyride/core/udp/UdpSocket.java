package joyride.core.udp;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.socket.Errno;
import joyride.core.ip.Path;

/**
 * A UDP socket of the service itself: datagrams wait in a bounded buffer. On the event loop; allocates nothing but when it opens
 * or changes its destination.
 */
public final class UdpSocket implements AutoCloseable {
    /** Bytes of datagrams that may wait, FreeBSD's {@code net.inet.udp.recvspace} rounded up. */
    static final int RECEIVE_SPACE = 1 << 16;

    private static final int LIMIT = 42_080;
    private static final int RECORD = 24;
    private static final int TTL = 64;

    UdpSocket nextInBucket;
    final int localPort;
    final boolean anyLocal;
    final long localHigh;
    final long localLow;
    long remoteHigh;
    long remoteLow;
    int remotePort;

    private final Udp udp;
    private final long buffer;
    private long written;
    private long read;
    private int datagrams;
    private int pendingError;
    private Path path;
    private boolean closed;
    private long sourceHigh;
    private long sourceLow;
    private int sourcePort;

    UdpSocket(final Udp udp, final IpAddress local, final int port, final long buffer) {
        this.udp = udp;
        this.localPort = port;
        this.anyLocal = local.isAny();
        this.localHigh = local.high();
        this.localLow = local.low();
        this.buffer = buffer;
    }

    public int localPort() {
        return localPort;
    }

    /** Whether it is bound to all addresses of this one's family, or of both. */
    boolean covers(final long high, final long low) {
        return localLow == 0 || IpAddress.isV4(high, low);
    }

    /** Whether another socket bound there would get what this one gets. */
    boolean overlaps(final IpAddress other) {
        if (anyLocal) {
            return localLow == 0 || other.isV4() || other.equals(IpAddress.ANY);
        }
        return other.isAny()
                ? other.low() == 0 || IpAddress.isV4(localHigh, localLow)
                : localLow == other.low() && localHigh == other.high();
    }

    boolean connected() {
        return remotePort != 0;
    }

    /** Only datagrams from there are received from now on, and ICMP errors are reported; {@code port} 0: from anywhere. */
    public void connect(final IpAddress remote, final int port) {
        remoteHigh = remote.high();
        remoteLow = remote.low();
        remotePort = port;
    }

    /**
     * Sends {@code length} bytes from {@code data}.
     *
     * @return 0, or the {@link Errno}
     */
    public int send(final long high, final long low, final int port, final long data, final int length) {
        if (closed) {
            return Errno.EBADF;
        }
        if (length > Udp.MAX_DATAGRAM) {
            return Errno.EMSGSIZE;
        }
        if (path == null || path.destinationLow != low || path.destinationHigh != high) {
            path = udp.output.path(anyLocal ? 0 : localHigh, anyLocal ? 0 : localLow, high, low);
            if (path == null) {
                return Errno.ENETUNREACH;
            }
        }
        final int total = length + Udp.HEADER;
        final long at = udp.output.allocate(path, total);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        Memory.putShortBE(at, localPort);
        Memory.putShortBE(at + 2, port);
        Memory.putShortBE(at + 4, total);
        Memory.putShortBE(at + 6, 0);
        final int offloads = path.offloads & (Offload.TX_IPV4_CHECKSUM | Offload.TX_TRANSPORT_CHECKSUM);
        write(at, data, length, offloads);
        udp.output.send(path, at, total, Udp.PROTOCOL, 0, TTL, false, offloads);
        udp.counters.increment(Udp.OUT_DATAGRAMS);
        return 0;
    }

    private void write(final long at, final long data, final int length, final int offloads) {
        final Kernels kernels = udp.environment.kernels();
        if (path.loopback) {
            kernels.copy(data, at + Udp.HEADER, length);
            return;
        }
        final long pseudo = Udp.pseudoSum(
                path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length + Udp.HEADER);
        if ((offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
            kernels.copy(data, at + Udp.HEADER, length);
            Memory.putShortBE(at + 6, Kernels.fold(pseudo));
            return;
        }
        final long payload = kernels.copyAndSum(data, at + Udp.HEADER, length, pseudo);
        final int sum = ~Kernels.fold(kernels.sum(at, Udp.HEADER, payload)) & 0xffff;
        Memory.putShortBE(at + 6, sum == 0 ? 0xffff : sum);
    }

    /** Takes a copy of a datagram. @return false if there is no room */
    boolean deliver(final long high, final long low, final int port, final long datagram, final int length) {
        final int payload = length - Udp.HEADER;
        final int record = RECORD + payload;
        if (written - read + record > LIMIT) {
            return false;
        }
        putLong(written, high);
        putLong(written + 8, low);
        putLong(written + 16, (long) port << 32 | payload);
        copyIn(written + RECORD, datagram + Udp.HEADER, payload);
        written += (record + 7) & ~7;
        datagrams++;
        return true;
    }

    private long at(final long position) {
        return buffer + (position & RECEIVE_SPACE - 1);
    }

    private void putLong(final long position, final long value) {
        Memory.putLong(at(position), value);
    }

    private void copyIn(final long position, final long from, final int length) {
        final int first = (int) Math.min(length, RECEIVE_SPACE - (position & RECEIVE_SPACE - 1));
        Memory.copy(from, at(position), first);
        Memory.copy(from + first, buffer, length - first);
    }

    /** Datagrams that wait. */
    public int available() {
        return datagrams;
    }

    /**
     * Takes the next datagram; what does not fit is lost. Its sender is then in {@link #sourceHigh}, {@link #sourceLow} and
     * {@link #sourcePort}.
     *
     * @return its whole length, or -1 if none waits
     */
    public int receive(final long to, final int capacity) {
        if (datagrams == 0) {
            return -1;
        }
        sourceHigh = Memory.getLong(at(read));
        sourceLow = Memory.getLong(at(read + 8));
        final long last = Memory.getLong(at(read + 16));
        sourcePort = (int) (last >>> 32);
        final int payload = (int) last;
        final long from = read + RECORD;
        final int wanted = Math.min(payload, capacity);
        final int first = (int) Math.min(wanted, RECEIVE_SPACE - (from & RECEIVE_SPACE - 1));
        Memory.copy(at(from), to, first);
        Memory.copy(buffer, to + first, wanted - first);
        read += (RECORD + payload + 7) & ~7;
        datagrams--;
        return payload;
    }

    public long sourceHigh() {
        return sourceHigh;
    }

    public long sourceLow() {
        return sourceLow;
    }

    public int sourcePort() {
        return sourcePort;
    }

    /** The {@link Errno} that an ICMP error about a datagram of a connected socket meant, once; 0: none. */
    public int takeError() {
        final int error = pendingError;
        pendingError = 0;
        return error;
    }

    void error(final boolean v4, final int type, final int code, final int mtu) {
        if (mtu > 0) {
            if (path != null && mtu < path.mtu) {
                path.mtu = mtu;
            }
        } else if (connected() && type == (v4 ? 3 : 1)) {
            pendingError = code == (v4 ? 3 : 4) ? Errno.ECONNREFUSED : Errno.EHOSTUNREACH;
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            datagrams = 0;
            udp.closed(this);
            udp.buffers.give(buffer);
        }
    }
}
