package joyride.core.service;

import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.core.engine.Engine;
import joyride.core.service.CoreConfiguration.InterfaceConfiguration;

/**
 * Changes the port under an interface. The new one opens beside the old one where the device allows, so that nobody notices; else
 * the old one closes first, and comes back if the new one does not open. On configuration threads, one at a time.
 */
final class PortSwap {
    private static final System.Logger LOG = System.getLogger(PortSwap.class.getName());
    private static final long CLOSE_SECONDS = 5;
    private static final long OPEN_SECONDS = 20;

    /** Who hears what ports tell. */
    interface Listener {
        /** The port of that generation carries nothing any more. Any thread. */
        void failed(ServedInterface served, long generation, String reason);

        /** The port may have other properties now. Any thread. */
        void changed(ServedInterface served, long generation);
    }

    private final Engine engine;
    private final LoopCalls calls;
    private final SwapLog log;
    private final Listener listener;
    private final Consumer<Candidate<NicDriver>> stuck;

    /** @param stuck takes drivers whose ports do not close */
    PortSwap(
            final Engine engine,
            final LoopCalls calls,
            final SwapLog log,
            final Listener listener,
            final Consumer<Candidate<NicDriver>> stuck) {
        this.engine = engine;
        this.calls = calls;
        this.log = log;
        this.listener = listener;
        this.stuck = stuck;
    }

    /**
     * Puts a port of {@code next} under the interface.
     *
     * @param oldStays whether the old port may serve on if {@code next} fails
     * @throws NicException if {@code next} fails; the old port serves on then, if it may
     */
    void exchange(final ServedInterface served, final Candidate<NicDriver> next, final boolean oldStays)
            throws NicException {
        final Candidate<NicDriver> before = served.driver;
        final NicPort old = served.port;
        if (old == null) {
            attach(served, next, open(served, next));
            return;
        }
        final long generation = served.generation;
        NicPort port;
        try {
            port = open(served, next);
        } catch (final NicException e) {
            if (!e.isBusy()) {
                served.generation = generation;
                if (!oldStays) {
                    release(served, e.getMessage());
                }
                throw e;
            }
            port = openAfter(served, next, oldStays);
        }
        if (served.port == null) {
            attach(served, next, port);
            return;
        }
        final long begin = System.nanoTime();
        put(served, next, port);
        log.add("nic", served.name(), text(before), text(next), System.nanoTime() - begin, 1);
        close(served, before, old);
    }

    /** The device is busy: the old port closes first. */
    private NicPort openAfter(final ServedInterface served, final Candidate<NicDriver> next, final boolean oldStays)
            throws NicException {
        final Candidate<NicDriver> before = served.driver;
        release(served, "driver " + next.name() + " is being put in service");
        try {
            return open(served, next);
        } catch (final NicException e) {
            if (oldStays) {
                try {
                    attach(served, before, open(served, before));
                } catch (final NicException again) {
                    throw new NicException(
                            e.getMessage() + "; and the one before it does not open again: " + again.getMessage(), e);
                }
            }
            throw e;
        }
    }

    private NicPort open(final ServedInterface served, final Candidate<NicDriver> driver) throws NicException {
        final InterfaceConfiguration configuration = served.configuration;
        final NicConfiguration wanted = new NicConfiguration(
                configuration.name(),
                configuration.device(driver.name()),
                configuration.queues(driver.name()),
                served.steering(),
                new Events(served, ++served.generation),
                configuration.mtu(),
                DriverSettings.of(configuration.settings(), driver.name()));
        try {
            return Bounded.call(
                    "open of " + served.name(),
                    OPEN_SECONDS,
                    () -> driver.service().open(wanted));
        } catch (final NicException e) {
            throw e;
        } catch (final TimeoutException e) {
            stuck.accept(driver);
            throw new NicException("driver " + text(driver) + " has not opened " + served.name() + " in " + OPEN_SECONDS
                    + " s and is stuck; stop its bundle, or end the service and start it again");
        } catch (final Exception | LinkageError e) {
            throw new NicException("driver " + text(driver) + " threw " + e + " when it opened " + served.name(), e);
        }
    }

    /** @param port where there was none */
    private void attach(final ServedInterface served, final Candidate<NicDriver> driver, final NicPort port)
            throws NicException {
        put(served, driver, port);
        if (served.withoutPortSince == 0) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "interface {0} is served by driver {1} ({2})",
                    served.name(),
                    text(driver),
                    port.mode());
            return;
        }
        final long pause = System.nanoTime() - served.withoutPortSince;
        log.add("nic", served.name(), served.before == null ? "-" : text(served.before), text(driver), pause, 1);
    }

    private void put(final ServedInterface served, final Candidate<NicDriver> driver, final NicPort port)
            throws NicException {
        final long generation = served.generation;
        try {
            calls.run(served.name(), () -> {
                engine.attachPort(served.ethernet, port);
                engine.onPortFailure(
                        served.ethernet, thrown -> listener.failed(served, generation, "its driver threw " + thrown));
            });
        } catch (final RuntimeException e) {
            close(served, driver, port);
            throw new NicException("driver " + text(driver) + ": its port cannot be used: " + e, e);
        }
        served.port = port;
        served.driver = driver;
        served.trouble = null;
        served.told = null;
        served.stale = false;
        served.retryMillis = 0;
    }

    /** Takes the port away. @param reason for the console */
    void release(final ServedInterface served, final String reason) {
        final NicPort port = served.port;
        final Candidate<NicDriver> driver = served.driver;
        served.port = null;
        served.driver = null;
        served.trouble = reason;
        if (port == null) {
            return;
        }
        served.generation++;
        served.before = driver;
        calls.run(served.name(), () -> {
            // From here on nothing is received or sent.
            served.withoutPortSince = System.nanoTime();
            engine.attachPort(served.ethernet, null);
        });
        close(served, driver, port);
    }

    private void close(final ServedInterface served, final Candidate<NicDriver> driver, final NicPort port) {
        try {
            Bounded.call("close of " + served.name(), CLOSE_SECONDS, () -> {
                port.close();
                return null;
            });
        } catch (final TimeoutException e) {
            stuck.accept(driver);
            LOG.log(
                    System.Logger.Level.ERROR,
                    "bundle {0} is stuck: it has not closed its port of {1} in {2} s; its memory stays as it is",
                    driver.bundle(),
                    served.name(),
                    CLOSE_SECONDS);
        } catch (final Exception | LinkageError e) {
            LOG.log(System.Logger.Level.ERROR, "driver " + text(driver) + " threw when it closed " + served.name(), e);
        }
    }

    static String text(final Candidate<?> candidate) {
        return String.format(Locale.ROOT, "%s (%s)", candidate.name(), candidate.bundle());
    }

    private final class Events implements NicEvents {
        private final ServedInterface served;
        private final long generation;

        Events(final ServedInterface served, final long generation) {
            this.served = served;
            this.generation = generation;
        }

        @Override
        public void failed(final String reason) {
            listener.failed(served, generation, reason);
        }

        @Override
        public void changed() {
            listener.changed(served, generation);
        }
    }
}
