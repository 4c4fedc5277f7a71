package joyride.core.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;
import joyride.linux.DescriptorWait;
import joyride.linux.EventFd;
import joyride.linux.Netlink;

/**
 * Follows the kernel's links, addresses, routes and neighbours by rtnetlink, on a thread of its own. If messages were lost everything is
 * read anew.
 */
public final class KernelFollower implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(KernelFollower.class.getName());

    /** RTMGRP_LINK, _NEIGH, _IPV4_IFADDR, _IPV4_ROUTE, _IPV6_IFADDR and _IPV6_ROUTE. */
    private static final int GROUPS = 0x1 | 0x4 | 0x10 | 0x40 | 0x100 | 0x400;

    private static final int BUFFER = 1 << 18;
    private static final int DUMPS = 8;
    private static final int DUMP_MILLIS = 2_000;
    private static final int USE = 1;

    /** What hears of changes, on the follower's thread. */
    public interface Listener {
        /** Something of links, addresses or routes has changed; several changes may come as one. */
        void changed(KernelSnapshot now);

        /** A neighbour has changed, or was asked for and is known already. */
        void neighbour(KernelNeighbour now);

        /** The follower has failed, and follows no more. */
        void ended();
    }

    /** @param high the address, in its two halves */
    private record Ask(int device, long high, long low) {}

    private final Listener listener;
    private final Netlink netlink;
    private final EventFd wake = new EventFd();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment buffer = arena.allocate(BUFFER, 8);
    private final MemorySegment request = arena.allocate(64, 8);
    private final Queue<Ask> asks = new ConcurrentLinkedQueue<>();
    private final CountDownLatch first = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "joyride-kernel");
    private KernelState state = new KernelState();
    private int sequence;
    private volatile boolean closed;
    private volatile boolean ended;

    /** Begins. @throws IllegalStateException if there is no netlink */
    public KernelFollower(final Listener listener) {
        this.listener = listener;
        netlink = new Netlink(Netlink.ROUTE, GROUPS);
        thread.setDaemon(true);
        thread.start();
    }

    /** Waits until the listener was told for the first time. @return false if that did not happen in time */
    public boolean awaitFirst(final long millis) {
        try {
            return first.await(millis, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether it has failed, or was closed. */
    public boolean hasEnded() {
        return ended;
    }

    /** A neighbour is in use: the kernel resolves it, or verifies it if it has not for long. Any thread; returns at once. */
    public void ask(final int device, final long high, final long low) {
        asks.add(new Ask(device, high, low));
        wake.signal();
    }

    private void run() {
        try (DescriptorWait wait = new DescriptorWait()) {
            wait.add(netlink.descriptor());
            wait.add(wake.descriptor());
            synchronise();
            while (!closed) {
                wait.await(Long.MAX_VALUE);
                wake.drain();
                answerAsks();
                receive();
            }
        } catch (final RuntimeException e) {
            if (!closed) {
                LOG.log(System.Logger.Level.ERROR, "the kernel's network is not followed; tried again", e);
            }
        } finally {
            ended = true;
            first.countDown();
            if (!closed) {
                listener.ended();
            }
        }
    }

    private void receive() {
        boolean changed = false;
        while (!closed) {
            final int length = netlink.receive(buffer.address(), BUFFER);
            if (length == -Errno.EAGAIN) {
                break;
            }
            if (length == -Errno.ENOBUFS || length > BUFFER) {
                synchronise();
                return;
            }
            if (length < 0) {
                throw new IllegalStateException("netlink: errno " + -length);
            }
            changed |= take(state, length) == Walk.CHANGED;
        }
        if (changed) {
            listener.changed(state.snapshot());
        }
    }

    private enum Walk {
        NOTHING,
        CHANGED,
        DONE,
        AGAIN
    }

    private Walk take(final KernelState into, final int length) {
        final NetlinkMessages messages =
                new NetlinkMessages(buffer.asSlice(0, length).asByteBuffer());
        Walk walk = Walk.NOTHING;
        while (messages.next()) {
            if ((messages.flags() & NetlinkMessages.FLAG_INTERRUPTED) != 0
                    || messages.type() == NetlinkMessages.OVERRUN) {
                return Walk.AGAIN;
            }
            switch (messages.type()) {
                case NetlinkMessages.DONE -> walk = messages.sequence() == sequence ? Walk.DONE : walk;
                case NetlinkMessages.ERROR -> error(messages);
                default -> walk = apply(messages, into, walk);
            }
        }
        return walk;
    }

    private Walk apply(final NetlinkMessages messages, final KernelState into, final Walk before) {
        final KernelState.Change change = into.apply(messages);
        if (change == KernelState.Change.NEIGHBOUR && into == state) {
            listener.neighbour(into.lastNeighbour());
        }
        return change == KernelState.Change.NETWORK && before == Walk.NOTHING ? Walk.CHANGED : before;
    }

    private static void error(final NetlinkMessages messages) {
        if (messages.has(4) && messages.i32(0) != 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the kernel refused an rtnetlink request: errno {0}",
                    -messages.i32(0));
        }
    }

    /** Reads everything anew. */
    private void synchronise() {
        for (int tried = 0; tried < DUMPS && !closed; tried++) {
            final KernelState fresh = new KernelState();
            if (dump(fresh, KernelState.GET_LINK, 0)
                    && dumpBoth(fresh, KernelState.GET_ADDRESS)
                    && dumpBoth(fresh, KernelState.GET_ROUTE)
                    && dumpBoth(fresh, KernelState.GET_NEIGHBOUR)) {
                state = fresh;
                fresh.neighbours().forEach(listener::neighbour);
                listener.changed(fresh.snapshot());
                first.countDown();
                return;
            }
        }
        if (!closed) {
            throw new IllegalStateException("rtnetlink gave no complete answer in " + DUMPS + " tries");
        }
    }

    private boolean dumpBoth(final KernelState into, final int type) {
        return dump(into, type, KernelState.AF_INET) && dump(into, type, KernelState.AF_INET6);
    }

    private boolean dump(final KernelState into, final int type, final int family) {
        request.fill((byte) 0);
        final int body = family == 0 ? KernelState.LINK_BODY : KernelState.ROUTE_BODY;
        header(NetlinkMessages.HEADER + body, type, NetlinkMessages.FLAG_REQUEST | NetlinkMessages.FLAG_DUMP);
        request.set(ValueLayout.JAVA_BYTE, NetlinkMessages.HEADER, (byte) family);
        if (netlink.send(request.address(), NetlinkMessages.HEADER + body) < 0) {
            return false;
        }
        while (netlink.await(DUMP_MILLIS)) {
            final int length = netlink.receive(buffer.address(), BUFFER);
            if (length < 0 || length > BUFFER) {
                return false;
            }
            final Walk walk = take(into, length);
            if (walk == Walk.AGAIN || walk == Walk.DONE) {
                return walk == Walk.DONE;
            }
        }
        return false;
    }

    private void header(final int length, final int type, final int flags) {
        request.set(ValueLayout.JAVA_INT, 0, length);
        request.set(ValueLayout.JAVA_SHORT, 4, (short) type);
        request.set(ValueLayout.JAVA_SHORT, 6, (short) flags);
        request.set(ValueLayout.JAVA_INT, 8, ++sequence);
    }

    private void answerAsks() {
        Ask ask;
        while ((ask = asks.poll()) != null) {
            final IpAddress address = new IpAddress(ask.high(), ask.low());
            final KernelNeighbour known = state.neighbour(ask.device(), address);
            if (known != null && known.state() == KernelNeighbour.State.USABLE) {
                listener.neighbour(known);
            }
            use(ask.device(), address);
        }
    }

    /** RTM_NEWNEIGH with NTF_USE: as if the kernel had a packet for it. */
    private void use(final int device, final IpAddress address) {
        request.fill((byte) 0);
        final int attributeLength = address.isV4() ? 8 : 20;
        final int length = NetlinkMessages.HEADER + KernelState.NEIGHBOUR_BODY + attributeLength;
        header(length, KernelState.NEW_NEIGHBOUR, NetlinkMessages.FLAG_REQUEST | NetlinkMessages.FLAG_CREATE);
        final long body = NetlinkMessages.HEADER;
        request.set(ValueLayout.JAVA_BYTE, body, (byte) (address.isV4() ? KernelState.AF_INET : KernelState.AF_INET6));
        request.set(ValueLayout.JAVA_INT, body + 4, device);
        request.set(ValueLayout.JAVA_BYTE, body + 10, (byte) USE);
        final long attribute = body + KernelState.NEIGHBOUR_BODY;
        request.set(ValueLayout.JAVA_SHORT, attribute, (short) attributeLength);
        request.set(ValueLayout.JAVA_SHORT, attribute + 2, (short) 1);
        if (address.isV4()) {
            request.set(
                    ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN), attribute + 4, address.v4Bits());
        } else {
            final ValueLayout.OfLong half = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
            request.set(half, attribute + 4, address.inZone(0).high());
            request.set(half, attribute + 12, address.low());
        }
        netlink.send(request.address(), length);
    }

    /** Ends the thread. Not on it. */
    @Override
    public void close() {
        closed = true;
        wake.signal();
        try {
            thread.join(5_000);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            netlink.close();
            wake.close();
            arena.close();
        }
    }
}
