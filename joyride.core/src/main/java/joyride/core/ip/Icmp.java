package joyride.core.ip;

import java.util.function.IntFunction;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.tcp.TcpTunables;

/** What ICMP of either family has in common: echo, errors about others' packets, and how many answers of a kind go out. On the event loop. */
abstract class Icmp implements TransportProtocol {
    static final int HEADER = 8;

    final NetworkEnvironment environment;
    final TcpTunables tunables;
    final CounterBlock counters;
    final PathResolver resolver;
    final IntFunction<TransportProtocol> transports;
    final Packet quoted = new Packet();

    /** Where the answer in the making goes. */
    final Path back = new Path();

    private final SharedInput shared;
    private final RateLimit echoLimit;
    private final RateLimit errorLimit;
    private final int echoReply;
    private final int quote;

    /**
     * ICMP of one family.
     *
     * @param echoReply its type
     * @param quote bytes that an error quotes at most
     */
    Icmp(
            final NetworkEnvironment environment,
            final CounterBlock counters,
            final PathResolver resolver,
            final IntFunction<TransportProtocol> transports,
            final int echoReply,
            final int quote) {
        this.environment = environment;
        this.tunables = environment.tunables();
        this.counters = counters;
        this.resolver = resolver;
        this.transports = transports;
        this.echoReply = echoReply;
        this.quote = quote;
        shared = new SharedInput(environment.claims());
        echoLimit = new RateLimit(environment.random());
        errorLimit = new RateLimit(environment.random());
    }

    /** Errors a second that go out, before jitter. */
    abstract int errorsASecond();

    /** Whether {@code packet} may be answered by an error at all. @param evenToGroup whether it may where it came for a group */
    abstract boolean answerable(Packet packet, boolean evenToGroup);

    /** Room for a message of {@code length} bytes back to where {@code to} came from; 0: there is none or no way. */
    abstract long answer(Packet to, int length);

    /** Sets type, code and checksum of the message that {@link #answer} made room for, and sends it. */
    abstract void finish(long message, int length, int type, int code, int trafficClass);

    final void drop(final DropReason reason) {
        environment.drops().drop(reason);
    }

    /** Whether one more answer of the kind that {@code limit} counts may go out; if not it is counted. */
    final boolean mayAnswer(final RateLimit limit, final int most) {
        final boolean allowed = limit.allow(environment.clock().millis(), most, tunables.icmpLimJitter);
        if (!allowed) {
            drop(DropReason.ICMP_RATE);
        }
        return allowed;
    }

    final void echo(final Packet packet) {
        counters.increment(IpCounter.ICMP_IN_ECHOS.ordinal());
        if (!mayAnswer(echoLimit, tunables.icmpLim)) {
            return;
        }
        final int length = packet.transportLength;
        final long reply = answer(packet, length);
        if (reply != 0) {
            environment.kernels().copy(packet.transport, reply, length);
            finish(reply, length, echoReply, 0, packet.tos);
            counters.increment(IpCounter.ICMP_OUT_ECHO_REPLIES.ordinal());
        }
    }

    /** Answers {@code packet} with an error, if rules and limit allow. @param rest what stands behind its checksum */
    final void answerError(
            final Packet packet, final int type, final int code, final int rest, final boolean evenToGroup) {
        if (!answerable(packet, evenToGroup) || !shared.isOurs(packet) || !mayAnswer(errorLimit, errorsASecond())) {
            return;
        }
        final int quotation = Math.min(packet.networkLength, quote);
        final long message = answer(packet, HEADER + quotation);
        if (message != 0) {
            packet.whole();
            Memory.putIntBE(message + 4, rest);
            Memory.copy(packet.network, message + HEADER, quotation);
            finish(message, HEADER + quotation, type, code, 0);
            counters.increment(IpCounter.ICMP_OUT_ERRORS.ordinal());
        }
    }

    @Override
    public final void error(final Packet quotedPacket, final int type, final int code, final int mtu) {
        // About an echo reply of ours: nobody waits for it.
    }
}
