package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;

/**
 * Whether the running DPDK is laid out as {@link Layout} says: a pool, its mbufs and caches, a device of the driver {@code net_null} that
 * is configured, started and carries a burst, each compared with what DPDK's own functions say. On a thread that ends with it.
 */
@SuppressWarnings("restricted")
final class SelfTest {
    private static final int FRAMES = 1023;
    private static final int ROOM = 2048 + Layout.HEADROOM;
    private static final int BURST = 32;
    private static final int NULL_FRAME = 64;
    private static final int MTU = 1400;
    private static final String DRIVER = "net_null";
    private static final String DEVICE = DRIVER + "_joyride_self_test";
    /** RTE_LOG_EMERG */
    private static final int SILENT = 1;

    private SelfTest() {}

    /** @throws NicException that names what differs */
    static void run() throws NicException {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = Thread.ofPlatform()
                .name("joyride-eal-test")
                .daemon(true)
                .start(() -> {
                    try {
                        test();
                        Functions.THREAD_UNREGISTER.invokeExact();
                    } catch (final Throwable e) {
                        failure.set(e);
                    }
                });
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NicException("interrupted while DPDK was tested", e);
        }
        if (failure.get() != null) {
            throw new NicException(
                    Libraries.opened().version() + " is not as expected: "
                            + failure.get().getMessage()
                            + "; this build knows DPDK " + Release.known() + " as Debian and dpdk.org build them",
                    failure.get());
        }
    }

    private static void test() throws NicException {
        final boolean dense = DensePool.suits(DRIVER);
        final Mempool pool = Mempool.create(Mempool.freeName(), FRAMES, ROOM, Mempool.ANY_SOCKET, DRIVER);
        final MbufCache cache = new MbufCache(pool);
        pool(pool);
        mbufs(pool, cache, dense);
        // A first one, so that the second is not number 0: the entries' sizes count then.
        final int other = Ethdev.probe(DEVICE + "_0", "");
        final int port = Ethdev.probe(DEVICE, "");
        try {
            device(port);
            burst(port, pool);
        } finally {
            Ethdev.stop(port);
            Ethdev.close(port, DeviceInfo.of(port).device());
            Ethdev.close(other, DeviceInfo.of(other).device());
        }
        cache.close();
        equal("mbufs in use at the end", 0, pool.inUse());
        pool.free();
    }

    private static void pool(final Mempool pool) throws NicException {
        final long at = pool.address();
        equal("name of the pool", pool.name(), text(at + Layout.POOL_NAME));
        equal("size of the pool", FRAMES, Memory.getInt(at + Layout.POOL_SIZE));
        equal("mbufs of the pool", FRAMES, pool.size());
        equal("cache of the pool", Mempool.CACHE, Memory.getInt(at + Layout.POOL_CACHE_SIZE));
        equal("element of the pool", Layout.MBUF_SIZE + ROOM, Memory.getInt(at + Layout.POOL_ELEMENT));
        final int operations = Memory.getInt(Functions.POOL_OPS_TABLE + Layout.OPS_COUNT);
        final int own = Memory.getInt(at + Layout.POOL_OPS);
        if (own < 0 || own >= operations || operations > 16) {
            throw new NicException("the pool's operations are number " + own + " of " + operations);
        }
        final String name = text(MbufCache.ops(at) + Layout.OPS_NAME);
        if (!name.matches("[a-z0-9_]{3,}")) {
            throw new NicException("the pool's operations are called '" + name + "'");
        }
    }

    private static void mbufs(final Mempool pool, final MbufCache cache, final boolean dense) throws NicException {
        cache.enter();
        final long[] all = new long[FRAMES];
        for (int i = 0; i < FRAMES; i++) {
            final long mbuf = cache.get();
            equal("pool of an mbuf", pool.address(), Memory.getLong(mbuf + Layout.MBUF_POOL));
            equal("buffer of an mbuf", mbuf + Layout.MBUF_SIZE, Memory.getLong(mbuf + Layout.MBUF_BUFFER));
            if (dense) {
                // Without huge pages a device's addresses are ours.
                equal(
                        "address of a buffer for devices",
                        mbuf + Layout.MBUF_SIZE,
                        Memory.getLong(mbuf + Layout.MBUF_BUFFER_IOVA));
            }
            equal("buffer length", ROOM, Memory.getShort(mbuf + Layout.MBUF_BUFFER_LENGTH) & 0xffff);
            equal("references to an mbuf", 1, Memory.getShort(mbuf + Layout.MBUF_REFERENCES));
            equal("segments of an mbuf", 1, Memory.getShort(mbuf + Layout.MBUF_SEGMENTS));
            equal("next of an mbuf", 0, Memory.getLong(mbuf + Layout.MBUF_NEXT));
            all[i] = mbuf;
            equal("mbufs in use", i + 1, pool.inUse());
        }
        equal("an mbuf too many", 0, cache.get());
        for (int i = 0; i < FRAMES; i++) {
            cache.put(all[i]);
            equal("mbufs in use", FRAMES - i - 1, pool.inUse());
        }
    }

    private static void device(final int port) throws NicException {
        final DeviceInfo info = DeviceInfo.of(port);
        equal("driver of the device", DRIVER, info.driver());
        if (info.receiveQueues() < 1 || info.receiveQueues() > 1024 || info.transmitQueues() != info.receiveQueues()) {
            throw new NicException(
                    "net_null has " + info.receiveQueues() + " and " + info.transmitQueues() + " queues");
        }
        final int level = Functions.logLevel(SILENT);
        refused(port, Layout.CONF_RX_OFFLOADS, Layout.RX_OFFLOAD_LRO, "a receive offload");
        refused(port, Layout.CONF_TX_OFFLOADS, Layout.TX_OFFLOAD_TSO, "a transmit offload");
        refused(port, Layout.CONF_INTERRUPTS, Layout.INTERRUPT_LINK, "an interrupt");
        Functions.logLevel(level);
        Ethdev.configure(port, 1, MTU, 0, 0, 0, 0, 0, 0, 0);
        equal("mtu of the device", MTU, Ethdev.mtu(port));
    }

    /** What net_null cannot do must be refused where it is asked for: so the field is where it is thought to be. */
    private static void refused(final int port, final int offset, final long value, final String what)
            throws NicException {
        try (Arena arena = Arena.ofConfined()) {
            final long conf = arena.allocate(Layout.CONF_ROOM, 8).address();
            Memory.putLong(conf + offset, value);
            if ((int) Functions.CONFIGURE.invokeExact((short) port, (short) 1, (short) 1, conf) == 0) {
                throw new NicException("net_null took " + what + " that it does not have");
            }
        } catch (final NicException e) {
            throw e;
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    private static void burst(final int port, final Mempool pool) throws NicException {
        Ethdev.setUpQueue(port, 0, new int[] {64, 64}, -1, pool);
        Ethdev.start(port);
        EntryCheck.run(port, DEVICE);
        final long entry = Functions.FAST_PATH + (long) port * Layout.FP_SIZE;
        final BurstFunction receive =
                new BurstFunction(Layout.FP_RECEIVE, Layout.FP_RX_DATA, Layout.FP_RX_CALLBACKS, 0, false);
        receive.start(entry, null);
        final BurstFunction transmit =
                new BurstFunction(Layout.FP_TRANSMIT, Layout.FP_TX_DATA, Layout.FP_TX_CALLBACKS, 0, false);
        transmit.start(entry, null);
        equal("call-backs", 0, receive.callbacks() | transmit.callbacks());
        try (Arena arena = Arena.ofConfined()) {
            final long mbufs = arena.allocate(BURST * 8L, 8).address();
            equal("frames received", BURST, receive.call(mbufs, BURST));
            equal("mbufs in use", BURST, pool.inUse());
            for (int i = 0; i < BURST; i++) {
                final long mbuf = Memory.getLong(mbufs + i * 8L);
                equal("pool of a received mbuf", pool.address(), Memory.getLong(mbuf + Layout.MBUF_POOL));
                equal("port of a received mbuf", port, Memory.getLong(mbuf + Layout.MBUF_REARM) >>> 48);
                equal("headroom of a received mbuf", Layout.HEADROOM, Memory.getShort(mbuf + Layout.MBUF_DATA_OFFSET));
                equal("length of a received frame", NULL_FRAME, Memory.getInt(mbuf + Layout.MBUF_PACKET_LENGTH));
                equal("length of a received mbuf", NULL_FRAME, Memory.getShort(mbuf + Layout.MBUF_DATA_LENGTH));
            }
            equal("frames sent", BURST, transmit.call(mbufs, BURST));
        }
        equal("mbufs in use after they were sent", 0, pool.inUse());
        final var statistics = Ethdev.statistics(port);
        equal("counter of frames received", BURST, statistics.get("rx packets").longValue());
        equal("counter of frames sent", BURST, statistics.get("tx packets").longValue());
        equal("link", true, Ethdev.linkUp(port));
    }

    private static String text(final long at) {
        return MemorySegment.ofAddress(at).reinterpret(64).getString(0);
    }

    private static void equal(final String what, final long wanted, final long found) throws NicException {
        if (wanted != found) {
            throw new NicException(what + ": " + found + " instead of " + wanted);
        }
    }

    private static void equal(final String what, final Object wanted, final Object found) throws NicException {
        if (!wanted.equals(found)) {
            throw new NicException(what + ": " + found + " instead of " + wanted);
        }
    }
}
