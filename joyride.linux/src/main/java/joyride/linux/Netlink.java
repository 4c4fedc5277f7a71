package joyride.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A netlink socket: messages to and from the kernel, as raw bytes. It passes them and knows none of them. One thread sends, one
 * receives.
 */
public final class Netlink implements AutoCloseable {
    /** Protocol: links, addresses, routes, neighbours. */
    public static final int ROUTE = 0;

    /** Protocol: sockets of the kernel. */
    public static final int SOCK_DIAG = 4;

    private static final int ADDRESS_SIZE = 12;

    private final int descriptor;

    /**
     * Opens one and binds it.
     *
     * @param groups multicast groups to hear, or-ed; 0: none
     * @throws IllegalStateException if the system refuses
     */
    public Netlink(final int protocol, final int groups) {
        descriptor = SystemError.check(
                "netlink socket of protocol " + protocol,
                Sockets.socket(
                        Sockets.AF_NETLINK, Sockets.SOCK_RAW | Sockets.SOCK_NONBLOCK | Sockets.SOCK_CLOEXEC, protocol));
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment address = arena.allocate(ADDRESS_SIZE, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) Sockets.AF_NETLINK);
            address.set(ValueLayout.JAVA_INT, 8, groups);
            final int failed = Sockets.bind(descriptor, address.address(), ADDRESS_SIZE);
            if (failed < 0) {
                Descriptors.close(descriptor);
                throw SystemError.of("netlink groups " + groups, failed);
            }
        }
    }

    /** Readable when a message waits; non-blocking. */
    public int descriptor() {
        return descriptor;
    }

    /** Sends the messages in {@code length} bytes at {@code address} to the kernel. */
    public int send(final long address, final int length) {
        return Sockets.send(descriptor, address, length);
    }

    /**
     * Receives messages into {@code length} bytes at {@code address}: {@code -EAGAIN} if none waits, {@code -ENOBUFS} if some were
     * lost because nobody read. More than {@code length}: the rest was cut.
     */
    public int receive(final long address, final int length) {
        return Sockets.receive(descriptor, address, length, Sockets.MSG_DONTWAIT | Sockets.MSG_TRUNC, 0, 0);
    }

    /** Waits until a message is there, or {@code millis} have passed. @return whether one is */
    public boolean await(final int millis) {
        return Poll.await(descriptor, Poll.IN, millis) > 0;
    }

    @Override
    public void close() {
        Descriptors.close(descriptor);
    }
}
