package joyride.nic.wire;

import java.lang.foreign.Arena;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** What a NIC that segments TCP does to a large packet: the wire's ports can, so that this way through a stack is tested too. */
final class Segmenter {
    private static final int MOST = 14 + 65535;
    private static final int ETHERNET = 14;
    private static final int IPV6_HEADER = 40;
    private static final int CHECKSUM = 16;
    private static final int FIN_PSH = 0x09;
    private static final int CWR = 0x80;

    private final Arena arena;
    private long room;
    private int ipHeader;
    private int headers;
    private int payload;
    private int size;
    private int done;

    Segmenter(final Arena arena) {
        this.arena = arena;
    }

    /** Takes the packet that begins at entry {@code first}, and gives its frames back. @return its last entry */
    int gather(final PacketBatch batch, final int first, final FramePool pool) {
        if (room == 0) {
            room = arena.allocate(MOST, 64).address();
        }
        int bytes = 0;
        int last = first - 1;
        do {
            last++;
            if (bytes + batch.length(last) > MOST) {
                throw new IllegalStateException("a packet to be cut is longer than " + MOST + " bytes");
            }
            Memory.copy(batch.address(last), room + bytes, batch.length(last));
            bytes += batch.length(last);
            pool.free(batch.handle(last));
        } while ((batch.flags(last) & Offload.TX_CONTINUES) != 0);
        final boolean four = Memory.getUnsignedByte(room + ETHERNET) >>> 4 == 4;
        ipHeader = four ? (Memory.getUnsignedByte(room + ETHERNET) & 15) << 2 : IPV6_HEADER;
        headers = ETHERNET + ipHeader + (Memory.getUnsignedByte(room + ETHERNET + ipHeader + 12) >>> 4 << 2);
        payload = bytes - headers;
        size = Offload.segmentSize(batch.flags(first));
        done = 0;
        return last;
    }

    boolean hasNext() {
        return done < payload;
    }

    /** Makes the next segment, but for TCP's checksum, at {@code frame}; 0: nowhere. @return its bytes */
    int next(final long frame) {
        final int piece = Math.min(size, payload - done);
        if (frame != 0) {
            write(frame, piece);
        }
        done += piece;
        return headers + piece;
    }

    private void write(final long frame, final int piece) {
        final long ip = frame + ETHERNET;
        final long tcp = ip + ipHeader;
        final int tcpLength = headers - ETHERNET - ipHeader + piece;
        Memory.copy(room, frame, headers);
        Memory.copy(room + headers + done, frame + headers, piece);
        if (Memory.getUnsignedByte(ip) >>> 4 == 4) {
            Memory.putShortBE(ip + 2, ipHeader + tcpLength);
            final int id = Memory.getUnsignedShortBE(ip + 4);
            Memory.putShortBE(ip + 4, id == 0 ? 0 : id + done / size);
            ChecksumOffload.complete(frame, headers + piece, Offload.TX_IPV4_CHECKSUM);
        } else {
            Memory.putShortBE(ip + 4, tcpLength);
        }
        Memory.putIntBE(tcp + 4, Memory.getIntBE(tcp + 4) + done);
        int flags = Memory.getUnsignedByte(tcp + 13);
        if (done + piece < payload) {
            flags &= ~FIN_PSH;
        }
        if (done > 0) {
            flags &= ~CWR;
        }
        Memory.putByte(tcp + 13, flags);
        Memory.putShortBE(tcp + CHECKSUM, Kernels.fold(Memory.getUnsignedShortBE(tcp + CHECKSUM) + (long) tcpLength));
    }
}
