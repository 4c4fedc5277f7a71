package joyride.core.tcp;

import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.socket.Errno;
import joyride.api.socket.SendRing;
import joyride.api.tcp.TcpOutput;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Path;

/**
 * Segments in UDP (draft-cheng-tcp-over-udp, as FreeBSD) and segments with a digest (RFC 2385): whole in one frame, also on the internal
 * loopback. The digest is made of the frame's copy, whatever the program does to its ring meanwhile.
 */
final class WrappedOutput {
    private static final int UDP = 17;
    private static final int UDP_HEADER = 8;

    private final IpOutput ip;
    private final Kernels kernels;
    private final Md5Signature signature = new Md5Signature();

    WrappedOutput(final IpOutput ip, final Kernels kernels) {
        this.ip = ip;
        this.kernels = kernels;
    }

    /** Sends a segment of a connection, with payload from its ring if it has some. @return 0 or a positive errno */
    int transmit(final TcpConnection connection, final TcpOutput out) {
        final int udpPorts = connection.udpPorts();
        if (connection.encapsPort != 0 && udpPorts >>> 16 == 0) {
            // The port that it went from is closed.
            return Errno.EHOSTUNREACH;
        }
        out.signed = connection.md5Key != null;
        final Path path = connection.path;
        final int length = TcpHeader.LENGTH + out.optionLength() + out.length;
        final int most = SegmentOutput.mssOf(path) + TcpHeader.LENGTH - (udpPorts == 0 ? 0 : UDP_HEADER);
        if (out.length > 0 && length > most) {
            return Errno.EMSGSIZE;
        }
        return send(
                path,
                connection.localPort,
                connection.remotePort,
                out,
                connection.sendRing,
                connection.tos,
                connection.ttl,
                connection.instance.tunables().pathMtuDiscovery != 0,
                udpPorts,
                connection.md5Key);
    }

    /** Sends a segment without payload. */
    int send(
            final Path path,
            final int localPort,
            final int remotePort,
            final TcpOutput out,
            final int tos,
            final int ttl,
            final int udpPorts,
            final byte[] key) {
        out.signed = key != null;
        return send(path, localPort, remotePort, out, null, tos, ttl, true, udpPorts, key);
    }

    private int send(
            final Path path,
            final int localPort,
            final int remotePort,
            final TcpOutput out,
            final SendRing ring,
            final int tos,
            final int ttl,
            final boolean dontFragment,
            final int udpPorts,
            final byte[] key) {
        final int outer = udpPorts == 0 ? 0 : UDP_HEADER;
        final int headerLength = TcpHeader.LENGTH + out.optionLength();
        final int length = headerLength + out.length;
        final long at = ip.allocate(path, outer + length);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        final long segment = at + outer;
        TcpHeader.write(segment, localPort, remotePort, out);
        for (int done = 0; done < out.length; ) {
            final int piece = ring.contiguous(out.position + done, out.length - done);
            kernels.copy(ring.address(out.position + done), segment + headerLength + done, piece);
            done += piece;
        }
        Memory.putShortBE(segment + TcpHeader.CHECKSUM, 0);
        if (key != null) {
            signature.sign(path, segment, length, headerLength, key, segment + out.digestOffset);
        }
        if (udpPorts == 0) {
            checksum(path, segment, length);
        } else {
            datagram(path, at, outer + length, udpPorts);
        }
        ip.send(
                path,
                at,
                outer + length,
                udpPorts == 0 ? TcpHeader.PROTOCOL : UDP,
                tos | out.ecn,
                ttl,
                dontFragment,
                0);
        return 0;
    }

    private void checksum(final Path path, final long segment, final int length) {
        final long pseudo =
                TcpHeader.pseudoSum(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
        Memory.putShortBE(segment + TcpHeader.CHECKSUM, ~Kernels.fold(kernels.sum(segment, length, pseudo)));
    }

    /** The UDP header; its checksum covers the segment, whose own stays 0. */
    private void datagram(final Path path, final long at, final int length, final int udpPorts) {
        Memory.putIntBE(at, udpPorts);
        Memory.putIntBE(at + 4, length << 16);
        final long pseudo =
                TcpHeader.pseudoSum(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length)
                        - TcpHeader.PROTOCOL
                        + UDP;
        final int sum = ~Kernels.fold(kernels.sum(at, length, pseudo)) & 0xffff;
        Memory.putShortBE(at + 6, sum == 0 ? 0xffff : sum);
    }
}
