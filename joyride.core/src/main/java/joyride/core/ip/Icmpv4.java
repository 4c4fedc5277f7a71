package joyride.core.ip;

import java.util.function.IntFunction;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;

/**
 * ICMP for IPv4 (RFC 792, RFC 1122 §3.2.2): answers echo and timestamp requests, tells transports of errors about their packets, and
 * sends errors about others', within limits.
 */
final class Icmpv4 extends Icmp {
    static final int ECHO_REPLY = 0;
    static final int UNREACHABLE = 3;
    static final int SOURCE_QUENCH = 4;
    static final int REDIRECT = 5;
    static final int ECHO = 8;
    static final int TIME_EXCEEDED = 11;
    static final int PARAMETER_PROBLEM = 12;
    static final int TIMESTAMP = 13;
    static final int TIMESTAMP_REPLY = 14;

    static final int UNREACHABLE_HOST = 1;
    static final int UNREACHABLE_PROTOCOL = 2;
    static final int UNREACHABLE_PORT = 3;
    static final int FRAGMENTATION_NEEDED = 4;
    static final int REASSEMBLY_EXCEEDED = 1;

    /** What an error quotes at most: with its own headers it then is no longer than 576 bytes. */
    private static final int QUOTE = 548;

    private static final int TIMESTAMP_LENGTH = 20;
    private static final int TTL = 64;
    /** The least MTU that IPv4 allows. */
    private static final int MIN_MTU = 68;
    /** RFC 1191 §7.1: MTUs to try where a router does not tell its own. */
    private static final int[] PLATEAUS = {65535, 32000, 17914, 8166, 4352, 2002, 1492, 1280, 1006, 508, 296, MIN_MTU};

    private final Ipv4Output output;
    private final RateLimit timestampLimit;

    Icmpv4(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final PathResolver resolver,
            final Ipv4Output output,
            final IntFunction<TransportProtocol> transports) {
        super(environment, counters, resolver, transports, ECHO_REPLY, QUOTE);
        this.output = output;
        timestampLimit = new RateLimit(environment.random());
    }

    @Override
    public void input(final Packet packet) {
        counters.increment(IpCounter.ICMP_IN_MESSAGES.ordinal());
        if (packet.transportLength < HEADER) {
            drop(DropReason.ICMP_MALFORMED);
            return;
        }
        // What the NIC verified is the transport's checksum, and to few of them ICMP is one.
        if (Kernels.fold(environment.kernels().sum(packet.transport, packet.transportLength, 0)) != 0xffff) {
            drop(DropReason.ICMP_CHECKSUM);
            return;
        }
        switch (Memory.getUnsignedByte(packet.transport)) {
            case ECHO -> echoed(packet);
            case TIMESTAMP -> timestamp(packet);
            case UNREACHABLE, TIME_EXCEEDED, PARAMETER_PROBLEM -> errorAboutUs(packet);
            default -> drop(DropReason.ICMP_UNWANTED);
        }
    }

    /** RFC 1122 §3.2.2.6: a group's request need not be answered, and is not. */
    private void echoed(final Packet packet) {
        if (packet.group) {
            counters.increment(IpCounter.ICMP_IN_ECHOS.ordinal());
            drop(DropReason.ICMP_UNWANTED);
        } else {
            echo(packet);
        }
    }

    private void timestamp(final Packet packet) {
        if (packet.group || packet.transportLength < TIMESTAMP_LENGTH) {
            drop(packet.group ? DropReason.ICMP_UNWANTED : DropReason.ICMP_MALFORMED);
            return;
        }
        if (!mayAnswer(timestampLimit, tunables.icmpLim)) {
            return;
        }
        final long reply = answer(packet, TIMESTAMP_LENGTH);
        if (reply != 0) {
            Memory.copy(packet.transport, reply, TIMESTAMP_LENGTH);
            // The high bit says: not since midnight UT.
            final int now = (int) environment.clock().millis() | 1 << 31;
            Memory.putIntBE(reply + 12, now);
            Memory.putIntBE(reply + 16, now);
            finish(reply, TIMESTAMP_LENGTH, TIMESTAMP_REPLY, 0, packet.tos);
        }
    }

    @Override
    long answer(final Packet to, final int length) {
        back.sourceHigh = 0;
        back.sourceLow = to.destinationLow;
        back.destinationHigh = 0;
        back.destinationLow = to.sourceLow;
        resolver.resolve(back);
        return output.allocate(back, length);
    }

    @Override
    void finish(final long message, final int length, final int type, final int code, final int tos) {
        Memory.putIntBE(message, type << 24 | code << 16);
        final int sum = Kernels.fold(environment.kernels().sum(message, length, 0));
        Memory.putShortBE(message + 2, ~sum);
        output.send(back, message, length, Ipv4.ICMP, tos, TTL, false, 0);
    }

    // --- errors from others

    private void errorAboutUs(final Packet packet) {
        if (packet.group) {
            drop(DropReason.ICMP_UNWANTED);
            return;
        }
        final long at = packet.transport + HEADER;
        final int length = packet.transportLength - HEADER;
        final int type = Memory.getUnsignedByte(packet.transport);
        final int code = Memory.getUnsignedByte(packet.transport + 1);
        if (!quotesOurs(at, length)) {
            drop(DropReason.ICMP_MALFORMED);
            return;
        }
        int mtu = 0;
        if (type == UNREACHABLE && code == FRAGMENTATION_NEEDED) {
            mtu = nextMtu(Memory.getUnsignedShortBE(packet.transport + 6), Ipv4.totalLength(at));
            if (mtu < MIN_MTU) {
                drop(DropReason.ICMP_MALFORMED);
                return;
            }
        }
        counters.increment(IpCounter.ICMP_IN_ERRORS.ordinal());
        deliver(packet.in, at, length, type, code, mtu);
    }

    /** Whether a whole header of a packet of ours, not a later fragment, and 8 bytes behind it are there. */
    private boolean quotesOurs(final long at, final int length) {
        if (length < Ipv4.HEADER + 8 || Memory.getUnsignedByte(at) >>> 4 != 4) {
            return false;
        }
        final int headerLength = Ipv4.headerLength(at);
        if (headerLength < Ipv4.HEADER || headerLength + 8 > length || Ipv4.totalLength(at) < headerLength + 8) {
            return false;
        }
        return (Ipv4.flagsAndOffset(at) & Ipv4.OFFSET) == 0
                && resolver.isLocal(Ipv4.source(at))
                && Ipv4.protocol(at) != Ipv4.ICMP;
    }

    private static int nextMtu(final int told, final int length) {
        if (told != 0) {
            return told;
        }
        for (final int plateau : PLATEAUS) {
            if (plateau < length) {
                return plateau;
            }
        }
        return 0;
    }

    private void deliver(
            final NetInterface in, final long at, final int length, final int type, final int code, final int mtu) {
        final TransportProtocol transport = transports.apply(Ipv4.protocol(at));
        if (transport != null) {
            Ipv4Input.fill(quoted, at, Math.min(length, Ipv4.totalLength(at)));
            quoted.in = in;
            quoted.loopback = in != null && in.loopback();
            transport.error(quoted, type, code, mtu);
        }
    }

    /** Tells a transport that a packet of ours, at {@code at}, got nowhere: an error that no other host sent. */
    void ownError(final long at, final int length, final int type, final int code) {
        if (Ipv4.protocol(at) != Ipv4.ICMP && length >= Ipv4.HEADER + 8) {
            deliver(null, at, length, type, code, 0);
        }
    }

    // --- errors to others

    /** Answers {@code packet} with an error, if the rules (RFC 1122 §3.2.2) and the limit allow. */
    void error(final Packet packet, final int type, final int code) {
        answerError(packet, type, code, 0, false);
    }

    /** @param offset in the header of what is wrong */
    void parameterProblem(final Packet packet, final int offset) {
        answerError(packet, PARAMETER_PROBLEM, 0, offset << 24, false);
    }

    void reassemblyTimeout(final Datagram datagram) {
        Ipv4Input.fill(quoted, datagram.header(), datagram.prefix());
        quoted.in = datagram.in;
        quoted.group = datagram.group;
        quoted.loopback = false;
        answerError(quoted, TIME_EXCEEDED, REASSEMBLY_EXCEEDED, 0, false);
    }

    @Override
    int errorsASecond() {
        return tunables.icmpLim;
    }

    @Override
    boolean answerable(final Packet packet, final boolean evenToGroup) {
        if (packet.group
                || !IpAddress.isV4(packet.sourceHigh, packet.sourceLow)
                || (Ipv4.flagsAndOffset(packet.network) & Ipv4.OFFSET) != 0) {
            return false;
        }
        if (packet.protocol != Ipv4.ICMP) {
            return true;
        }
        return packet.transportLength >= 1 && !isError(Memory.getUnsignedByte(packet.transport));
    }

    /** Whether messages of this type are about another packet. */
    static boolean isError(final int type) {
        return switch (type) {
            case UNREACHABLE, SOURCE_QUENCH, REDIRECT, TIME_EXCEEDED, PARAMETER_PROBLEM -> true;
            default -> false;
        };
    }
}
