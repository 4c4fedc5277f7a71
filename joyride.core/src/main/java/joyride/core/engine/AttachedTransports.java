package joyride.core.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import joyride.api.socket.Attachments;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.TransportHost;
import joyride.core.transport.TransportStage;

/** The transports that one engine polls, and their leaving of applications to each other. On the engine's thread. */
final class AttachedTransports {
    private static final System.Logger LOG = System.getLogger(Engine.class.getName());

    private final TransportHost host;
    private final TransportStage stage;
    private final List<IpcTransport> transports = new ArrayList<>();
    private Consumer<IpcTransport> lost = transport -> {};
    private int generation;

    /** @param host what transports see of the engine */
    AttachedTransports(final TransportHost host, final TransportStage stage) {
        this.host = host;
        this.stage = stage;
    }

    List<IpcTransport> all() {
        return transports;
    }

    void onLost(final Consumer<IpcTransport> listener) {
        lost = listener;
    }

    void attach(final IpcTransport added) {
        added.attach(host);
        transports.add(added);
        generation++;
    }

    void detach(final IpcTransport removed) {
        if (transports.remove(removed)) {
            generation++;
            removed.detach();
        }
    }

    void detachAll() {
        for (final IpcTransport attached : List.copyOf(transports)) {
            Engine.quietly(() -> detach(attached));
        }
    }

    /** Takes {@code leaving} out of service, while nothing of it is on its way. @return null if it left nothing */
    Parking park(final IpcTransport leaving) {
        leaving.flush();
        transports.remove(leaving);
        generation++;
        final Attachments left = release(leaving);
        if (left == null) {
            return null;
        }
        final Parking parking = new Parking(left);
        parking.occupy();
        parking.pause(stage, true);
        return parking;
    }

    private static Attachments release(final IpcTransport leaving) {
        try {
            return leaving.release();
        } catch (final RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.ERROR, "transport " + leaving + " cannot leave its applications to another", e);
            leaving.detach();
            return null;
        }
    }

    /** @throws RuntimeException what {@code successor} throws; then the applications wait on */
    void adopt(final IpcTransport successor, final Parking parking) {
        try {
            successor.adopt(host, parking.left());
        } catch (final RuntimeException | LinkageError e) {
            parking.occupy();
            throw e;
        }
        transports.add(successor);
        generation++;
        parking.passOn();
        parking.pause(stage, false);
    }

    int poll(final IpcTransport polled) {
        try {
            return polled.poll();
        } catch (final RuntimeException | LinkageError e) {
            return drop(polled, e);
        }
    }

    void flush() {
        for (int i = 0; i < transports.size(); i++) {
            flush(transports.get(i));
        }
    }

    private void flush(final IpcTransport flushed) {
        try {
            flushed.flush();
        } catch (final RuntimeException | LinkageError e) {
            drop(flushed, e);
        }
    }

    /** A transport that throws is let go of: core's tables are whole, its applications see the service gone. */
    private int drop(final IpcTransport broken, final Throwable thrown) {
        LOG.log(System.Logger.Level.ERROR, "transport " + broken + " threw and is detached", thrown);
        try {
            detach(broken);
        } catch (final RuntimeException | LinkageError e) {
            LOG.log(System.Logger.Level.ERROR, "and its detach threw too", e);
        }
        lost.accept(broken);
        return 1;
    }

    void arm() {
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).arm();
        }
    }

    void disarm() {
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).disarm();
        }
    }

    /** As {@link IpcTransport#place}. */
    void place(final boolean idle, final int cpu) {
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).place(idle, cpu);
        }
    }

    /** As {@link IpcTransport#waitingCpu}. */
    int waitingCpu() {
        int cpu = -1;
        for (int i = 0; i < transports.size() && cpu < 0; i++) {
            cpu = transports.get(i).waitingCpu();
        }
        return cpu;
    }

    /** Changes whenever {@link #descriptors} does. */
    int generation() {
        int sum = generation;
        for (int i = 0; i < transports.size(); i++) {
            sum += transports.get(i).wakeGeneration();
        }
        return sum;
    }

    void descriptors(final Engine.DescriptorTaker taker) {
        for (final IpcTransport attached : transports) {
            for (final int descriptor : attached.wakeDescriptors()) {
                taker.take(descriptor, attached);
            }
        }
    }
}
