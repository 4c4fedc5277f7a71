package joyride.core.service;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import joyride.api.admin.StackAdmin;
import joyride.api.nic.NicDriver;
import joyride.api.socket.IpcTransport;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.api.time.RandomSource;
import joyride.core.counters.CounterFile;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.engine.LoopSettings;
import joyride.core.memory.AdaptiveKernels;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.Designate;

/** The service in its framework: starts the stack, follows configuration, and the bundles that come and go. */
@Component(
        immediate = true,
        service = {},
        configurationPid = StackService.PID,
        configurationPolicy = ConfigurationPolicy.OPTIONAL)
@Designate(ocd = SettingsDescription.class)
public final class StackService {
    static final String PID = "joyride.core";

    private static final System.Logger LOG = System.getLogger(StackService.class.getName());

    private final CounterStore counters;
    private final WarmUp warmUp;
    private final Stack stack;
    private final StackConsole console;
    private final ServiceRegistration<StackAdmin> registration;
    private final BundleContext context;
    private final FrameworkListener onceStarted = this::started;
    private final AtomicBoolean saidReady = new AtomicBoolean();

    /** What is unbound after the loop ended has nothing left to be taken from. */
    private volatile boolean stopped;

    /** Starts the loop, so that what is bound next finds it. */
    @Activate
    public StackService(final BundleContext context, final Map<String, Object> properties) {
        counters = counters(context.getProperty("joyride.run"));
        final SecureRandom random = new SecureRandom();
        final RandomSource source = random::nextLong;
        final AdaptiveKernels kernels = new AdaptiveKernels();
        final Engine engine = new Engine(System::nanoTime, source, kernels, counters);
        final boolean ownProcess = context.getProperty("joyride.home") != null;
        stack = new Stack(
                engine,
                LoopSettings.STANDARD,
                status -> end(status, ownProcess),
                directory(context.getProperty("joyride.run")));
        configure(properties, Map.of());
        warmUp = new WarmUp(kernels, stack);
        warmUp.start();
        console = new StackConsole(stack, warmUp::done);
        registration = context.registerService(StackAdmin.class, console, null);
        this.context = context;
        context.addFrameworkListener(onceStarted);
        if (!frameworkIs(Bundle.STARTING)) {
            sayReady();
        }
    }

    private void started(final FrameworkEvent event) {
        if (event.getType() == FrameworkEvent.STARTED) {
            sayReady();
        }
    }

    /** At the start of the process when all bundles have started: programs and the shell find their sockets then. */
    private void sayReady() {
        if (saidReady.compareAndSet(false, true)) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "ready: loopback addresses {0}",
                    stack.configuration().loopbackAddresses());
        }
    }

    private boolean frameworkIs(final int state) {
        return context.getBundle(Constants.SYSTEM_BUNDLE_ID).getState() == state;
    }

    private static Path directory(final String name) {
        try {
            return name == null ? null : Path.of(name);
        } catch (final InvalidPathException e) {
            return null; // said already, of the counters
        }
    }

    private static CounterStore counters(final String directory) {
        if (directory == null) {
            return new CounterStore();
        }
        try {
            return new CounterFile(Path.of(directory, "counters"));
        } catch (final IOException | InvalidPathException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "counters are not readable from outside: {0} cannot be written ({1}); set joyride.run to a directory that can",
                    directory + "/counters",
                    e.toString());
            return new CounterStore();
        }
    }

    /** Ends the process; one that is the service's own starts again in its place. */
    private static void end(final int status, final boolean ownProcess) {
        if (ownProcess) {
            LOG.log(System.Logger.Level.ERROR, "not started again: {0}", Restart.inPlace());
        }
        Runtime.getRuntime().halt(status);
    }

    @Modified
    void modified(final Map<String, Object> properties) {
        if (configure(properties, null) && warmUp.done()) {
            stack.missing().forEach(line -> LOG.log(System.Logger.Level.WARNING, line));
        }
    }

    /** @return whether they are applied @param instead what to apply if {@code properties} are wrong; null: nothing, what is applied stays */
    private boolean configure(final Map<String, ?> properties, final Map<String, ?> instead) {
        try {
            stack.apply(properties);
            return true;
        } catch (final IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    e.getMessage()
                            + (instead == null
                                    ? "; the configuration before it stays"
                                    : "; the standard configuration holds"));
            if (instead != null) {
                stack.apply(instead);
            }
            return false;
        }
    }

    @Deactivate
    void deactivate() {
        stop();
    }

    private synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        context.removeFrameworkListener(onceStarted);
        registration.unregister();
        warmUp.close();
        console.close();
        if (stack.close()) {
            counters.close();
        }
    }

    /**
     * Whether there is nothing left that a part could be taken from. With the process no successor of any part comes: the first that the
     * framework stops ends the stack, while it has all of its parts. Programs are told at once, and the attach socket goes.
     */
    private boolean ended() {
        if (!stopped && frameworkIs(Bundle.STOPPING)) {
            stop();
        }
        return stopped;
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindVariant(final TcpVariant variant, final ServiceReference<TcpVariant> reference) {
        stack.tcp().add(candidate(variant, reference, TcpVariant.NAME));
    }

    void unbindVariant(final TcpVariant variant) {
        if (!ended()) {
            stack.tcp().remove(variant);
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindCongestionControl(final CongestionControl control, final ServiceReference<CongestionControl> reference) {
        stack.tcp().addControl(candidate(control, reference, CongestionControl.NAME));
    }

    void unbindCongestionControl(final CongestionControl control) {
        if (!ended()) {
            stack.tcp().removeControl(control);
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindDriver(final NicDriver driver, final ServiceReference<NicDriver> reference) {
        stack.ports().add(candidate(driver, reference, NicDriver.TYPE));
    }

    void unbindDriver(final NicDriver driver) {
        if (!ended()) {
            stack.ports().remove(driver);
        }
    }

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void bindTransport(final IpcTransport transport, final ServiceReference<IpcTransport> reference) {
        stack.transports().add(candidate(transport, reference, IpcTransport.TRANSPORT));
    }

    void unbindTransport(final IpcTransport transport) {
        if (!ended()) {
            stack.transports().remove(transport);
        }
    }

    private static <T> Candidate<T> candidate(
            final T service, final ServiceReference<T> reference, final String nameProperty) {
        final Object name = reference.getProperty(nameProperty);
        final Object ranking = reference.getProperty(Constants.SERVICE_RANKING);
        final var bundle = reference.getBundle();
        return new Candidate<>(
                name == null ? "unnamed" : name.toString(),
                service,
                ranking instanceof Integer number ? number : 0,
                (Long) reference.getProperty(Constants.SERVICE_ID),
                bundle.getSymbolicName() + " " + bundle.getVersion());
    }
}
