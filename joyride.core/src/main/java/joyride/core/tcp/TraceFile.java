package joyride.core.tcp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpFlags;
import joyride.api.tcp.TcpState;
import joyride.api.tcp.TcpTimer;

/**
 * An {@link EventTrace} as pcapng: a packet for each segment, headers alone, and in its comment the state that it met and the timers that expired
 * since the one before.
 */
public final class TraceFile {
    private static final int SECTION = 0x0a0d0d0a;
    private static final int BYTE_ORDER = 0x1a2b3c4d;
    private static final int INTERFACE = 1;
    private static final int STATISTICS = 5;
    private static final int PACKET = 6;
    private static final int COMMENT = 1;
    private static final int APPLICATION = 4;
    private static final int NAME = 2;
    private static final int RESOLUTION = 9;
    private static final int DIRECTION = 2;
    private static final int RAW_IP = 101;
    private static final int ROOM = 65_536;
    private static final double NANOS = 1e9;
    private static final double MICROS = 1000;

    private final EventTrace trace;
    private final ByteBuffer block = ByteBuffer.allocate(ROOM).order(ByteOrder.LITTLE_ENDIAN);
    private final List<String> timers = new ArrayList<>();

    private TraceFile(final EventTrace trace) {
        this.trace = trace;
    }

    /**
     * Writes all events. On a thread that may wait.
     *
     * @param epochOffset added to the loop's clock it gives ns since 1970
     */
    public static void write(final EventTrace trace, final Path file, final long epochOffset) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            new TraceFile(trace).write(out, epochOffset);
        }
    }

    private void write(final OutputStream out, final long epochOffset) throws IOException {
        begin(SECTION);
        block.putInt(BYTE_ORDER).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(APPLICATION, text("joyride"));
        end(out);
        begin(INTERFACE);
        block.putShort((short) RAW_IP).putShort((short) 0).putInt(0);
        option(
                NAME,
                text(endpoint(trace.localHigh, trace.localLow, trace.localPort) + " - "
                        + endpoint(trace.remoteHigh, trace.remoteLow, trace.remotePort)));
        option(RESOLUTION, new byte[] {9});
        end(out);
        long last = 0;
        for (int i = 0; i < trace.size(); i++) {
            last = trace.word(i, 0);
            if (kind(i) == EventTrace.TIMER) {
                timers.add("timer " + TcpTimer.name(flags(i)) + " at " + seconds(last + epochOffset) + ": " + state(i));
            } else {
                packet(out, i, last + epochOffset);
            }
        }
        begin(STATISTICS);
        block.putInt(0);
        time(last + epochOffset);
        option(COMMENT, text(trace.lost() + " earlier events were overwritten"));
        for (final String timer : timers) {
            option(COMMENT, text(timer));
        }
        end(out);
    }

    private static String endpoint(final long high, final long low, final int port) {
        final IpAddress address = new IpAddress(high, low);
        return (address.isV4() ? address.toString() : "[" + address + "]") + ":" + port;
    }

    private int kind(final int event) {
        return (int) trace.word(event, 1) & 15;
    }

    private int flags(final int event) {
        return (int) (trace.word(event, 1) >>> 16) & 0xffff;
    }

    private void packet(final OutputStream out, final int event, final long nanos) throws IOException {
        final boolean sent = kind(event) == EventTrace.SENT;
        final byte[] headers = headers(event, sent);
        begin(PACKET);
        block.putInt(0);
        time(nanos);
        block.putInt(headers.length).putInt(headers.length + (int) (trace.word(event, 3) >>> 32));
        bytes(headers);
        for (final String timer : timers) {
            option(COMMENT, text(timer));
        }
        timers.clear();
        option(COMMENT, text(state(event)));
        option(DIRECTION, new byte[] {(byte) (sent ? 2 : 1), 0, 0, 0});
        end(out);
    }

    /** IP and TCP header as they were, but for checksums of TCP and options other than the timestamp. */
    private byte[] headers(final int event, final boolean sent) {
        final boolean v4 = IpAddress.isV4(trace.localHigh, trace.localLow);
        final boolean stamped = (int) trace.word(event, 3) != 0;
        final int tcp = TcpHeader.LENGTH + (stamped ? 12 : 0);
        final int payload = (int) (trace.word(event, 3) >>> 32);
        final int ip = v4 ? 20 : 40;
        final ByteBuffer to = ByteBuffer.allocate(ip + tcp);
        if (v4) {
            to.put((byte) 0x45)
                    .put((byte) 0)
                    .putShort((short) Math.min(ip + tcp + payload, 0xffff))
                    .putInt(0x4000);
            to.put((byte) 64).put((byte) TcpHeader.PROTOCOL).putShort((short) 0);
            to.putInt((int) (sent ? trace.localLow : trace.remoteLow));
            to.putInt((int) (sent ? trace.remoteLow : trace.localLow));
            to.putShort(10, (short) checksum(to.array()));
        } else {
            to.putInt(0x6000_0000).putShort((short) Math.min(tcp + payload, 0xffff));
            to.put((byte) TcpHeader.PROTOCOL).put((byte) 64);
            to.putLong(sent ? trace.localHigh : trace.remoteHigh).putLong(sent ? trace.localLow : trace.remoteLow);
            to.putLong(sent ? trace.remoteHigh : trace.localHigh).putLong(sent ? trace.remoteLow : trace.localLow);
        }
        final long what = trace.word(event, 1);
        to.putShort((short) (sent ? trace.localPort : trace.remotePort));
        to.putShort((short) (sent ? trace.remotePort : trace.localPort));
        to.putLong(trace.word(event, 2));
        to.putShort((short) (tcp / 4 << 12 | flags(event) & TcpFlags.ALL));
        to.putShort((short) (what >>> 32)).putShort((short) 0).putShort((short) (what >>> 48));
        if (stamped) {
            to.putInt(0x0101_080a).putLong(trace.word(event, 4));
        }
        return to.array();
    }

    private static int checksum(final byte[] header) {
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += (header[i] & 0xff) << 8 | header[i + 1] & 0xff;
        }
        return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    }

    private String state(final int event) {
        final int state = (int) (trace.word(event, 1) >>> 4) & 15;
        final int loss = (int) trace.word(event, 11);
        return String.format(
                Locale.ROOT,
                "%s una %d nxt %d max %d rcv %d cwnd %d ssthresh %d wnd %d/%d srtt %.3f ms rttvar %.3f ms rto %d ms shift %d dupacks %d%s%s",
                TcpState.name(state),
                high(event, 5),
                low(event, 5),
                high(event, 6),
                low(event, 6),
                high(event, 7),
                low(event, 7),
                high(event, 8),
                low(event, 8),
                high(event, 9) / MICROS,
                low(event, 9) / MICROS,
                high(event, 10),
                low(event, 10) >>> 16,
                low(event, 10) & 0xffff,
                (loss & TcpControlBlock.FASTRECOVERY) != 0 ? " fast-recovery" : "",
                (loss & TcpControlBlock.CONGRECOVERY) != 0 ? " congestion-recovery" : "");
    }

    private long high(final int event, final int word) {
        return trace.word(event, word) >>> 32;
    }

    private long low(final int event, final int word) {
        return trace.word(event, word) & 0xffff_ffffL;
    }

    private static String seconds(final long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / NANOS);
    }

    private static byte[] text(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void begin(final int type) {
        block.clear();
        block.putInt(type).putInt(0);
    }

    private void time(final long nanos) {
        block.putInt((int) (nanos >>> 32)).putInt((int) nanos);
    }

    private void bytes(final byte[] bytes) {
        block.put(bytes);
        while (block.position() % 4 != 0) {
            block.put((byte) 0);
        }
    }

    /** One that finds no room is left out: so many timers never expire between two segments but in a trace that has nothing else. */
    private void option(final int code, final byte[] value) {
        if (block.remaining() > value.length + 16) {
            block.putShort((short) code).putShort((short) value.length);
            bytes(value);
        }
    }

    private void end(final OutputStream out) throws IOException {
        block.putInt(0);
        final int length = block.position() + 4;
        block.putInt(length);
        block.putInt(4, length);
        out.write(block.array(), 0, length);
    }
}
