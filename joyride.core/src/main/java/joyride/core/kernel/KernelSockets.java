package joyride.core.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import joyride.api.net.IpAddress;
import joyride.linux.Netlink;

/** Which local TCP ports sockets of the kernel hold now, by sock_diag(7). Configuration threads. */
final class KernelSockets {
    private static final int BY_FAMILY = 20;
    private static final int REQUEST_BODY = 56;
    private static final int ANSWER_BODY = 72;
    private static final int TCP = 6;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int BUFFER = 1 << 16;
    private static final int MILLIS = 2_000;
    private static final int MAPPED = 0xffff;

    private KernelSockets() {}

    /**
     * The ports of an address that are held, TIME_WAIT included.
     *
     * @throws IllegalStateException if the kernel does not say
     */
    static BitSet held(final IpAddress address) {
        final BitSet ports = new BitSet();
        try (Netlink netlink = new Netlink(Netlink.SOCK_DIAG, 0);
                Arena arena = Arena.ofConfined()) {
            final MemorySegment buffer = arena.allocate(BUFFER, 8);
            for (final int family : new int[] {AF_INET, AF_INET6}) {
                ask(netlink, buffer, family);
                while (!take(netlink, buffer, address, ports)) {
                    // until the kernel has said all
                }
            }
        }
        return ports;
    }

    private static void ask(final Netlink netlink, final MemorySegment buffer, final int family) {
        final int length = NetlinkMessages.HEADER + REQUEST_BODY;
        buffer.asSlice(0, length).fill((byte) 0);
        buffer.set(ValueLayout.JAVA_INT, 0, length);
        buffer.set(ValueLayout.JAVA_SHORT, 4, (short) BY_FAMILY);
        buffer.set(ValueLayout.JAVA_SHORT, 6, (short) (NetlinkMessages.FLAG_REQUEST | NetlinkMessages.FLAG_DUMP));
        buffer.set(ValueLayout.JAVA_BYTE, NetlinkMessages.HEADER, (byte) family);
        buffer.set(ValueLayout.JAVA_BYTE, NetlinkMessages.HEADER + 1, (byte) TCP);
        buffer.set(ValueLayout.JAVA_INT, NetlinkMessages.HEADER + 4, -1);
        final int sent = netlink.send(buffer.address(), length);
        if (sent < 0) {
            throw new IllegalStateException("sock_diag: errno " + -sent);
        }
    }

    /** @return whether that was all */
    private static boolean take(
            final Netlink netlink, final MemorySegment buffer, final IpAddress address, final BitSet ports) {
        if (!netlink.await(MILLIS)) {
            throw new IllegalStateException("sock_diag did not answer in " + MILLIS + " ms");
        }
        final int length = netlink.receive(buffer.address(), BUFFER);
        if (length < 0 || length > BUFFER) {
            throw new IllegalStateException("sock_diag: " + (length < 0 ? "errno " + -length : "answer cut"));
        }
        return take(new NetlinkMessages(buffer.asSlice(0, length).asByteBuffer()), address, ports);
    }

    static boolean take(final NetlinkMessages messages, final IpAddress address, final BitSet ports) {
        while (messages.next()) {
            if (messages.type() == NetlinkMessages.DONE) {
                return true;
            }
            if (messages.type() == NetlinkMessages.ERROR && messages.has(4)) {
                throw new IllegalStateException("sock_diag: errno " + -messages.i32(0));
            }
            if (messages.type() == BY_FAMILY && messages.has(ANSWER_BODY) && concerns(messages, address)) {
                ports.set(messages.u8(4) << 8 | messages.u8(5));
            }
        }
        return false;
    }

    /** Whether the socket's local address is this one or covers it. */
    private static boolean concerns(final NetlinkMessages message, final IpAddress address) {
        final int first = 8;
        if (!address.isV4()) {
            return message.u8(0) == AF_INET6 && concernsSix(message, first, address);
        }
        if (message.u8(0) == AF_INET) {
            final int local = big(message, first);
            return local == 0 || local == address.v4Bits();
        }
        final boolean high = big(message, first) == 0 && big(message, first + 4) == 0;
        final int third = big(message, first + 8);
        final int last = big(message, first + 12);
        return high && (third == 0 && last == 0 || third == MAPPED && (last == 0 || last == address.v4Bits()));
    }

    private static boolean concernsSix(final NetlinkMessages message, final int at, final IpAddress address) {
        final long high = (long) big(message, at) << 32 | big(message, at + 4) & 0xffff_ffffL;
        final long low = (long) big(message, at + 8) << 32 | big(message, at + 12) & 0xffff_ffffL;
        return (high | low) == 0
                || low == address.low() && high == address.inZone(0).high();
    }

    private static int big(final NetlinkMessages message, final int at) {
        return message.u8(at) << 24 | message.u8(at + 1) << 16 | message.u8(at + 2) << 8 | message.u8(at + 3);
    }
}
