package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.locks.LockSupport;
import joyride.api.nic.NicEvents;

/**
 * What DPDK's interrupt thread tells of a port: its link changed, it wants a reset, the device is removed. It is passed on as it comes; the thread
 * takes no lock here, because whoever stops the port may wait for it.
 */
@SuppressWarnings("restricted")
final class DeviceEvents implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(DeviceEvents.class.getName());
    private static final int[] EVENTS = {Layout.EVENT_LINK, Layout.EVENT_RESET, Layout.EVENT_REMOVAL};
    private static final long UNREGISTER_LIMIT_NANOS = 5_000_000_000L;
    /** -EAGAIN */
    private static final int BUSY = -11;
    /** int (*)(uint16_t port, enum rte_eth_event_type, void *, void *) */
    private static final FunctionDescriptor TYPE = FunctionDescriptor.of(
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_SHORT,
            ValueLayout.JAVA_INT,
            ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_LONG);

    private final Arena arena = Arena.ofShared();
    private final int port;
    private final String device;
    private final NicEvents events;
    private final long address;

    /** Listens until {@link #close}. */
    DeviceEvents(final int port, final String device, final NicEvents events) {
        this.port = port;
        this.device = device;
        this.events = events;
        try {
            final MethodHandle target = MethodHandles.lookup()
                    .findVirtual(
                            DeviceEvents.class,
                            "event",
                            MethodType.methodType(int.class, short.class, int.class, long.class, long.class))
                    .bindTo(this);
            address = Linker.nativeLinker().upcallStub(target, TYPE, arena).address();
            for (final int event : EVENTS) {
                final int ignored = (int) Functions.EVENT_REGISTER.invokeExact((short) port, event, address, 0L);
            }
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }

    /** Nothing may leave it: it would end the process. */
    @SuppressWarnings("unused")
    private int event(final short ofPort, final int event, final long argument, final long result) {
        try {
            switch (event) {
                case Layout.EVENT_LINK -> events.changed();
                case Layout.EVENT_RESET -> events.failed("the device " + device + " wants to be reset");
                case Layout.EVENT_REMOVAL -> events.failed("the device " + device + " was removed");
                default -> {
                    // not asked for
                }
            }
        } catch (final Throwable thrown) {
            LOG.log(System.Logger.Level.ERROR, "event " + event + " of " + device + " is lost", thrown);
        }
        return 0;
    }

    /** Nothing is told afterwards. The caller holds {@link Eal#lock}. */
    @Override
    public void close() {
        final long until = System.nanoTime() + UNREGISTER_LIMIT_NANOS;
        boolean all = true;
        for (final int event : EVENTS) {
            int result = unregister(event);
            while (result == BUSY && System.nanoTime() < until) {
                LockSupport.parkNanos(100_000);
                result = unregister(event);
            }
            all &= result != BUSY;
        }
        if (all) {
            arena.close();
        } else {
            LOG.log(System.Logger.Level.ERROR, "DPDK does not let go of its events of {0}; their memory stays", device);
        }
    }

    private int unregister(final int event) {
        try {
            return (int) Functions.EVENT_UNREGISTER.invokeExact((short) port, event, address, 0L);
        } catch (final Throwable e) {
            throw Functions.thrown(e);
        }
    }
}
