package joyride.core.tcp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.nic.Offload;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpOutput;
import joyride.core.ip.IpOutput;
import joyride.core.ip.Path;

/**
 * The segments of a unit between the first and the last: their headers, Ethernet's and IP's too, differ in sequence number and checksum alone. They are made once
 * and copied; what is constant in the checksum is summed once.
 */
final class RepeatedSegments {
    private static final int BEFORE = 128;
    private static final int MOST = 72;
    private static final int WORD = 8;

    private final IpOutput ip;
    private final Kernels kernels;

    /** Held, since with it goes what it stands for. */
    private final MemorySegment memory = Arena.ofAuto().allocate(BEFORE + MOST, 64);

    /** Where the TCP header lies. */
    private final long transport = memory.address() + BEFORE;

    private long first;
    private int words;
    private int headerLength;
    private long sum;
    private boolean offload;

    RepeatedSegments(final IpOutput ip, final Kernels kernels) {
        this.ip = ip;
        this.kernels = kernels;
    }

    /** Makes the headers for segments like {@code out}. @return false: each has to be made by itself */
    boolean prepare(final TcpConnection connection, final TcpOutput out, final int header) {
        final Path path = connection.path;
        if (IpAddress.isV4(path.destinationHigh, path.destinationLow)
                && connection.instance.tunables().pathMtuDiscovery == 0) {
            return false;
        }
        final int length = header + out.length;
        final int seq = out.seq;
        out.seq = 0;
        TcpHeader.write(transport, connection.localPort, connection.remotePort, out);
        out.seq = seq;
        first = ip.writeHeaders(path, transport, length, connection.tos | out.ecn, connection.ttl);
        if (first == 0) {
            return false;
        }
        headerLength = header;
        words = ((int) (transport - first) + header + WORD - 1) / WORD;
        offload = (path.offloads & Offload.TX_TRANSPORT_CHECKSUM) != 0;
        final long pseudo =
                TcpHeader.pseudoSum(path.sourceHigh, path.sourceLow, path.destinationHigh, path.destinationLow, length);
        sum = kernels.sum(transport, header, pseudo);
        if (offload) {
            Memory.putShortBE(transport + TcpHeader.CHECKSUM, Kernels.fold(pseudo));
        }
        return true;
    }

    /** Sends a segment like the prepared one. */
    int transmit(final TcpConnection connection, final TcpOutput out) {
        final Path path = connection.path;
        final int length = headerLength + out.length;
        final long at = ip.allocate(path, length);
        if (at == 0) {
            return Errno.ENOBUFS;
        }
        final long to = at - (transport - first);
        // The last word may reach into the payload, which is copied after it.
        for (int i = 0; i < words; i++) {
            Memory.putLong(to + i * WORD, Memory.getLong(first + i * WORD));
        }
        final int seq = out.seq;
        Memory.putIntBE(at + TcpHeader.SEQUENCE, seq);
        if (offload) {
            Payload.copy(kernels, connection.sendRing, out.position, at + headerLength, out.length);
        } else {
            final long all = Payload.copyAndSum(
                    kernels,
                    connection.sendRing,
                    out.position,
                    at + headerLength,
                    out.length,
                    sum + (seq >>> 16) + (seq & 0xffff));
            Memory.putShortBE(at + TcpHeader.CHECKSUM, ~Kernels.fold(all));
        }
        ip.sendComplete(path, length, offload ? Offload.TX_TRANSPORT_CHECKSUM : 0);
        return 0;
    }
}
