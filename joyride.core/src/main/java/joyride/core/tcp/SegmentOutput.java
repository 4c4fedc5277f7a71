package joyride.core.tcp;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpCounter;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpOutput;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Path;

/** Makes segments in the frames that they leave in: header, options, payload from the send ring, checksum. */
final class SegmentOutput {
    private static final int MAX_MSS = 65495;
    private static final int MAX_OPTIONS = 40;

    private final IpOutput ip;
    private final Kernels kernels;
    private final WrappedOutput wrapped;
    private final RepeatedSegments repeated;

    SegmentOutput(final IpOutput ip, final Kernels kernels) {
        this.ip = ip;
        this.kernels = kernels;
        wrapped = new WrappedOutput(ip, kernels);
        repeated = new RepeatedSegments(ip, kernels);
    }

    /** The largest segment of a connection that its path takes whole. */
    static int mssOf(final TcpConnection connection) {
        return mssOf(connection.path) - connection.encapsOverhead();
    }

    /** The largest segment that a path takes whole, without IP options. */
    static int mssOf(final Path path) {
        final int headers = IpAddress.isV4(path.destinationHigh, path.destinationLow) ? 40 : 60;
        return Math.min(path.mtu - headers, MAX_MSS);
    }

    /** The most payload that {@link #transmit} cuts into segments; 0: none. */
    static int largestUnit(final Path path) {
        return Math.max(path.largestUnit - mssOverhead(path) - MAX_OPTIONS, 0);
    }

    /** Sends a segment of a connection with payload from its send ring. */
    int transmit(final TcpConnection connection, final TcpOutput out) {
        final Path path = connection.path;
        final int headerLength = TcpHeader.LENGTH + out.optionLength();
        if (!ip.refresh(path)) {
            return Errno.EHOSTUNREACH;
        }
        if (out.segmentSize > 0 && !path.loopback) {
            return transmitUnit(connection, out, headerLength);
        }
        connection.instance.count(TcpCounter.SNDTOTAL);
        if (connection.encapsPort != 0 || connection.md5Key != null) {
            return wrapped.transmit(connection, out);
        }
        if (out.length == 0) {
            return send(
                    path, connection.localPort, connection.remotePort, out, connection.tos, connection.ttl, 0, null);
        }
        if (path.loopback) {
            final long at = ip.allocate(path, headerLength);
            if (at == 0) {
                return Errno.ENOBUFS;
            }
            TcpHeader.write(at, connection.localPort, connection.remotePort, out);
            ip.sendFrom(
                    path,
                    at,
                    headerLength,
                    connection.sendRing,
                    out.position,
                    out.length,
                    TcpHeader.PROTOCOL,
                    connection.tos | out.ecn,
                    connection.ttl,
                    connection.peer);
            return 0;
        }
        if (headerLength + out.length > path.mtu - (mssOverhead(path) - TcpHeader.LENGTH)) {
            return Errno.EMSGSIZE;
        }
        return transmitFrame(connection, out, headerLength);
    }

    /** Cuts a unit into segments, each written straight from the send ring into its frame. */
    private int transmitUnit(final TcpConnection connection, final TcpOutput out, final int headerLength) {
        final Path path = connection.path;
        final int size = out.segmentSize;
        if (headerLength + size > path.mtu - (mssOverhead(path) - TcpHeader.LENGTH)) {
            return Errno.EMSGSIZE;
        }
        // A port clears CWR behind the first segment (RFC 3168 §6.1.2); in AccECN it is a bit of a number that each
        // tells.
        final boolean cuttable = (out.flags & TcpFlags.CWR) == 0 || !connection.is(TcpControlBlock.ACE_PERMIT);
        if (cuttable && ip.takesUnits(path) && transmitWhole(connection, out, headerLength)) {
            return 0;
        }
        final int all = out.length;
        final int flags = out.flags;
        final int seq = out.seq;
        final long position = out.position;
        int done = 0;
        int segments = 0;
        int error = 0;
        boolean template = false;
        out.flags = flags & ~(TcpFlags.FIN | TcpFlags.PSH);
        while (done < all) {
            out.seq = seq + done;
            out.position = position + done;
            out.length = Math.min(size, all - done);
            if (done + out.length == all) {
                out.flags |= flags & (TcpFlags.FIN | TcpFlags.PSH);
            }
            final boolean between = done > 0 && done + size < all;
            if (between && !template) {
                template = repeated.prepare(connection, out, headerLength);
            }
            error = between && template
                    ? repeated.transmit(connection, out)
                    : transmitFrame(connection, out, headerLength);
            if (error != 0) {
                break;
            }
            segments++;
            done += out.length;
            if (!connection.is(TcpControlBlock.ACE_PERMIT)) {
                // Said once; with accurate ECN it is a digit of a number.
                out.flags &= ~TcpFlags.CWR;
            }
        }
        // Described as it was given: the trace shows units.
        out.seq = seq;
        out.position = position;
        out.flags = flags;
        out.length = done;
        connection.instance.count(TcpCounter.SNDTOTAL, segments);
        ip.cut(path, segments);
        return done == 0 ? error : 0;
    }

    /**
     * Gives a unit to the port as one packet in as many frames as it needs, or as much of it as there are frames for.
     *
     * @return whether {@code out.length} bytes went; else it needs too many frames, or there are not enough for two segments
     */
    private boolean transmitWhole(final TcpConnection connection, final TcpOutput out, final int headerLength) {
        final Path path = connection.path;
        int length = headerLength + out.length;
        int first = Math.min(length, path.mtu - (mssOverhead(path) - TcpHeader.LENGTH));
        final int frame = ip.unitFrame(path);
        if (1 + (length - first + frame - 1) / frame > ip.unitFrames(path)) {
            return false;
        }
        final long at = ip.allocate(path, first);
        if (at == 0) {
            return false;
        }
        Payload.copy(kernels, connection.sendRing, out.position, at + headerLength, first - headerLength);
        int done = first;
        while (done < length) {
            final int piece = Math.min(frame, length - done);
            final long to = ip.extend(path, piece);
            if (to == 0) {
                break;
            }
            Payload.copy(kernels, connection.sendRing, out.position + done - headerLength, to, piece);
            done += piece;
        }
        final int flags = out.flags;
        if (done < length) {
            final int payload = (done - headerLength) / out.segmentSize * out.segmentSize;
            if (payload <= out.segmentSize) {
                ip.cancel(path, at);
                return false;
            }
            length = headerLength + payload;
            final int left = ip.trim(path, done - length);
            if (left < 0) {
                return false;
            }
            first -= left;
            out.length = payload;
            out.flags &= ~(TcpFlags.FIN | TcpFlags.PSH);
        }
        TcpHeader.write(at, connection.localPort, connection.remotePort, out);
        out.flags = flags;
        final long sum =
                TcpHeader.pseudoSum(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, 0);
        Memory.putShortBE(at + TcpHeader.CHECKSUM, Kernels.fold(sum));
        final int segments = (out.length + out.segmentSize - 1) / out.segmentSize;
        connection.instance.count(TcpCounter.SNDTOTAL, segments);
        ip.sendUnit(
                path,
                at,
                first,
                length,
                connection.tos | out.ecn,
                connection.ttl,
                connection.instance.tunables().pathMtuDiscovery != 0,
                out.segmentSize,
                segments);
        return true;
    }

    private static int mssOverhead(final Path path) {
        return IpAddress.isV4(path.destinationHigh, path.destinationLow) ? 40 : 60;
    }

    private int transmitFrame(final TcpConnection connection, final TcpOutput out, final int headerLength) {
        final Path path = connection.path;
        final int length = headerLength + out.length;
        final long at = ip.allocate(path, length);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        TcpHeader.write(at, connection.localPort, connection.remotePort, out);
        long sum =
                TcpHeader.pseudoSum(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
        final boolean offload = (path.offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0;
        if (offload) {
            Payload.copy(kernels, connection.sendRing, out.position, at + headerLength, out.length);
            Memory.putShortBE(at + TcpHeader.CHECKSUM, Kernels.fold(sum));
        } else {
            sum = Payload.copyAndSum(kernels, connection.sendRing, out.position, at + headerLength, out.length, sum);
            sum = kernels.sum(at, headerLength, sum);
            Memory.putShortBE(at + TcpHeader.CHECKSUM, ~Kernels.fold(sum));
        }
        ip.send(
                path,
                at,
                length,
                TcpHeader.PROTOCOL,
                connection.tos | out.ecn,
                connection.ttl,
                connection.instance.tunables().pathMtuDiscovery != 0,
                offload ? Offload.TX_TRANSPORT_CHECKSUM : 0);
        return 0;
    }

    /**
     * Sends a segment without payload.
     *
     * @param udpPorts as {@link joyride.api.tcp.TcpSegment#udpPorts}
     * @param key of TCP-MD5; null: none
     */
    int send(
            final Path path,
            final int localPort,
            final int remotePort,
            final TcpOutput out,
            final int tos,
            final int ttl,
            final int udpPorts,
            final byte[] key) {
        if (udpPorts != 0 || key != null) {
            return wrapped.send(path, localPort, remotePort, out, tos, ttl, udpPorts, key);
        }
        final int length = TcpHeader.LENGTH + out.optionLength();
        final long at = ip.allocate(path, length);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        TcpHeader.write(at, localPort, remotePort, out);
        int offloads = 0;
        if (!path.loopback) {
            long sum = TcpHeader.pseudoSum(
                    path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
            if ((path.offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0) {
                offloads = Offload.TX_TRANSPORT_CHECKSUM;
                Memory.putShortBE(at + TcpHeader.CHECKSUM, Kernels.fold(sum));
            } else {
                sum = kernels.sum(at, length, sum);
                Memory.putShortBE(at + TcpHeader.CHECKSUM, ~Kernels.fold(sum));
            }
        }
        ip.send(path, at, length, TcpHeader.PROTOCOL, tos | out.ecn, ttl, true, offloads);
        return 0;
    }
}
