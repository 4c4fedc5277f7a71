package joyride.core.ip;

import java.util.function.IntFunction;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.core.link.EthernetInterface;
import joyride.core.link.LinkInterface;

/**
 * ICMP for IPv6 (RFC 4443): answers echo requests, tells transports of errors about their packets, sends errors about others', within limits,
 * and hands neighbour discovery and multicast listener messages to their link.
 */
final class Icmpv6 extends Icmp {
    static final int UNREACHABLE = 1;
    static final int PACKET_TOO_BIG = 2;
    static final int TIME_EXCEEDED = 3;
    static final int PARAMETER_PROBLEM = 4;
    static final int ECHO = 128;
    static final int ECHO_REPLY = 129;
    private static final int MLD_QUERY = 130;
    private static final int ROUTER_SOLICITATION = 133;
    static final int REDIRECT = 137;

    static final int UNREACHABLE_NO_ROUTE = 0;
    static final int UNREACHABLE_ADDRESS = 3;
    static final int UNREACHABLE_PORT = 4;
    static final int REASSEMBLY_EXCEEDED = 1;
    static final int ERRONEOUS_FIELD = 0;
    static final int UNKNOWN_NEXT_HEADER = 1;
    static final int UNKNOWN_OPTION = 2;
    /** RFC 7112 §6. */
    static final int INCOMPLETE_CHAIN = 3;

    /** What an error quotes at most: with its own headers it then is no longer than the least MTU. */
    private static final int QUOTE = Ipv6.MIN_MTU - Ipv6.HEADER - HEADER;

    private final Ipv6Output output;
    private final ExtensionHeaders extensions = new ExtensionHeaders();

    Icmpv6(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final PathResolver resolver,
            final Ipv6Output output,
            final IntFunction<TransportProtocol> transports) {
        super(environment, counters, resolver, transports, ECHO_REPLY, QUOTE);
        this.output = output;
    }

    @Override
    public void input(final Packet packet) {
        counters.increment(IpCounter.ICMP6_IN_MESSAGES.ordinal());
        if (packet.transportLength < HEADER) {
            drop(DropReason.ICMP_MALFORMED);
            return;
        }
        // What the NIC verified is the transport's checksum, and to few of them ICMP is one.
        if (!packet.loopback && sum(packet.transport, packet.transportLength, packet) != 0xffff) {
            drop(DropReason.ICMP_CHECKSUM);
            return;
        }
        final int type = Memory.getUnsignedByte(packet.transport);
        if (type >= ROUTER_SOLICITATION && type <= REDIRECT || type == MLD_QUERY) {
            if (packet.in instanceof final EthernetInterface link) {
                link.nd().input(packet);
            } else {
                drop(DropReason.ICMP_UNWANTED);
            }
            return;
        }
        if (Ipv6.isUnspecified(packet.sourceHigh, packet.sourceLow)) {
            drop(DropReason.IP_SOURCE);
            return;
        }
        switch (type) {
            // RFC 4443 §4.2: a group's request is answered, too, from an address of ours.
            case ECHO -> echo(packet);
            case UNREACHABLE, PACKET_TOO_BIG, TIME_EXCEEDED, PARAMETER_PROBLEM -> errorAboutUs(packet);
            default -> drop(DropReason.ICMP_UNWANTED);
        }
    }

    private int sum(final long at, final int length, final Packet packet) {
        final long pseudo = Ipv6.pseudoSum(
                packet.sourceHigh, packet.sourceLow, packet.destinationHigh, packet.destinationLow, Ipv6.ICMP, length);
        return Kernels.fold(environment.kernels().sum(at, length, pseudo));
    }

    @Override
    long answer(final Packet to, final int length) {
        final boolean own = !to.group && resolver.isLocal(to.destinationHigh, to.destinationLow);
        back.sourceHigh = own ? to.destinationHigh : 0;
        back.sourceLow = own ? to.destinationLow : 0;
        back.destinationHigh = to.sourceHigh;
        back.destinationLow = to.sourceLow;
        resolver.resolve(back);
        return output.allocate(back, length);
    }

    @Override
    void finish(final long message, final int length, final int type, final int code, final int trafficClass) {
        Memory.putIntBE(message, type << 24 | code << 16);
        final long pseudo = Ipv6.pseudoSum(
                back.sourceHigh, back.sourceLow, back.destinationHigh, back.destinationLow, Ipv6.ICMP, length);
        Memory.putShortBE(message + 2, ~Kernels.fold(environment.kernels().sum(message, length, pseudo)));
        final int hops = back.ethernet == null ? 64 : back.ethernet.nd().hopLimit();
        output.send(back, message, length, Ipv6.ICMP, trafficClass, hops, false, 0);
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
        if (!quote(at, length, (LinkInterface) packet.in) || quoted.protocol == Ipv6.ICMP) {
            drop(DropReason.ICMP_MALFORMED);
            return;
        }
        int mtu = 0;
        if (type == PACKET_TOO_BIG) {
            final int told = Memory.getIntBE(packet.transport + 4);
            // RFC 8201 §4: nobody may ask for less than every link has.
            if (told >= 0 && told < Ipv6.MIN_MTU) {
                drop(DropReason.ICMP_MALFORMED);
                return;
            }
            mtu = told < 0 ? Integer.MAX_VALUE : told;
        }
        counters.increment(IpCounter.ICMP_IN_ERRORS.ordinal());
        tell(type, code, mtu);
    }

    /** Looks at a packet of ours that is quoted. @return whether it is one, and 8 bytes of its transport header are there */
    private boolean quote(final long at, final int length, final LinkInterface in) {
        if (length < Ipv6.HEADER + 8 || Memory.getUnsignedByte(at) >>> 4 != 6 || !extensions.walk(at, length)) {
            return false;
        }
        int offset = extensions.offset;
        int protocol = extensions.protocol;
        if (protocol == Ipv6.FRAGMENT) {
            if (offset + 16 > length || Memory.getUnsignedShortBE(at + offset + 2) >>> 3 != 0) {
                return false;
            }
            protocol = Memory.getUnsignedByte(at + offset);
            offset += 8;
        }
        if (offset + 8 > length) {
            return false;
        }
        final int total = Math.min(length, Ipv6.HEADER + Ipv6.payloadLength(at));
        Ipv6Input.fill(quoted, at, total, offset, protocol, in);
        quoted.sourceHigh = resolver.zoned(quoted.sourceHigh, quoted.sourceLow);
        quoted.loopback = in != null && in.loopback();
        return (quoted.sourceHigh != 0 || quoted.loopback) && resolver.isLocal(quoted.sourceHigh, quoted.sourceLow);
    }

    private void tell(final int type, final int code, final int mtu) {
        final TransportProtocol transport = transports.apply(quoted.protocol);
        if (transport != null) {
            transport.error(quoted, type, code, mtu);
        }
    }

    /** Tells a transport that a packet of ours, at {@code at}, got nowhere: an error that no other host sent. */
    void ownError(final EthernetInterface out, final long at, final int length, final int type, final int code) {
        if (quote(at, length, out) && quoted.protocol != Ipv6.ICMP) {
            tell(type, code, 0);
        }
    }

    // --- errors to others

    /** Answers {@code packet} with an error, if the rules (RFC 4443 §2.4 (e)) and the limit allow. */
    void error(final Packet packet, final int type, final int code) {
        answerError(packet, type, code, 0, false);
    }

    /** @param pointer to what is wrong, from the packet's start. @param evenToGroup whether it may answer a group's packet */
    void parameterProblem(final Packet packet, final int code, final int pointer, final boolean evenToGroup) {
        answerError(packet, PARAMETER_PROBLEM, code, pointer, evenToGroup);
    }

    void reassemblyTimeout(final Ipv6Datagram datagram) {
        final long at = datagram.start();
        Memory.putShortBE(at + 4, datagram.contiguous() - Ipv6.HEADER);
        if (extensions.walk(at, datagram.contiguous())) {
            Ipv6Input.fill(quoted, at, datagram.contiguous(), extensions.offset, extensions.protocol, datagram.in);
            quoted.group = datagram.group;
            answerError(quoted, TIME_EXCEEDED, REASSEMBLY_EXCEEDED, 0, false);
        }
    }

    @Override
    int errorsASecond() {
        return tunables.icmp6ErrPpsLimit;
    }

    @Override
    boolean answerable(final Packet packet, final boolean evenToGroup) {
        return (!packet.group || evenToGroup)
                && !Ipv6.isUnspecified(packet.sourceHigh, packet.sourceLow)
                && !ExtensionHeaders.carriesError(packet.network, packet.networkLength);
    }

    /** Whether messages of this type are about another packet, or are a redirect: what is never answered by an error. */
    static boolean isError(final int type) {
        return type < ECHO || type == REDIRECT;
    }
}
