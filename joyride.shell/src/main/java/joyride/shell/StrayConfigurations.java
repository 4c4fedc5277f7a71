package joyride.shell;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * Tells of a configuration whose PID nobody takes, such as that of a file in {@code etc/} whose name is misspelt: one line, some seconds after
 * it came, as the bundle that it is for may come with it. Config Admin calls it on its thread; it looks on one of its own.
 */
@Component(service = ConfigurationListener.class, immediate = true)
public final class StrayConfigurations implements ConfigurationListener {
    private static final System.Logger LOG = System.getLogger(StrayConfigurations.class.getName());
    private static final long PATIENCE_SECONDS = 5;
    private static final String TAKERS = "(|(" + Constants.OBJECTCLASS + "=org.osgi.service.cm.ManagedService)("
            + Constants.OBJECTCLASS + "=org.osgi.service.cm.ManagedServiceFactory))";

    private final BundleContext context;
    private final ServiceComponentRuntime runtime;
    private final Set<String> told = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("shell configurations").factory());

    /** Called by the container. */
    @Activate
    public StrayConfigurations(
            final BundleContext framework,
            @Reference final ServiceComponentRuntime components,
            @Reference final ConfigurationAdmin admin)
            throws IOException, InvalidSyntaxException {
        context = framework;
        runtime = components;
        final Configuration[] present = admin.listConfigurations(null);
        for (final Configuration configuration : present == null ? new Configuration[0] : present) {
            look(configuration.getFactoryPid() == null ? configuration.getPid() : configuration.getFactoryPid());
        }
    }

    /** Called by the container. */
    @Deactivate
    public void close() {
        later.shutdownNow();
    }

    @Override
    public void configurationEvent(final ConfigurationEvent event) {
        final String pid = event.getFactoryPid() == null ? event.getPid() : event.getFactoryPid();
        if (event.getType() == ConfigurationEvent.CM_DELETED) {
            told.remove(pid);
        } else if (!later.isShutdown()) {
            look(pid);
        }
    }

    private void look(final String pid) {
        later.schedule(() -> tell(pid), PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private void tell(final String pid) {
        final Collection<ComponentDescriptionDTO> components = runtime.getComponentDescriptionDTOs();
        if (Stream.concat(components.stream().flatMap(StrayConfigurations::pids), services())
                        .noneMatch(pid::equals)
                && told.add(pid)) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "configuration {0}: no bundle takes it; there are {1}, one for each file PID.cfg in etc/",
                    pid,
                    String.join(", ", chosen(components)));
        }
    }

    private static Stream<String> pids(final ComponentDescriptionDTO component) {
        return Arrays.stream(component.configurationPid);
    }

    /** Those that somebody has chosen: a component that says nothing has its own name. */
    private static List<String> chosen(final Collection<ComponentDescriptionDTO> components) {
        return components.stream()
                .flatMap(component -> pids(component).filter(pid -> !pid.equals(component.name)))
                .distinct()
                .sorted()
                .toList();
    }

    private Stream<String> services() {
        try {
            final ServiceReference<?>[] takers = context.getAllServiceReferences(null, TAKERS);
            return takers == null ? Stream.empty() : Arrays.stream(takers).flatMap(StrayConfigurations::pids);
        } catch (final InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One, or several. */
    private static Stream<String> pids(final ServiceReference<?> taker) {
        return switch (taker.getProperty(Constants.SERVICE_PID)) {
            case final String pid -> Stream.of(pid);
            case final String[] pids -> Arrays.stream(pids);
            case final Collection<?> pids -> pids.stream().map(Object::toString);
            case null, default -> Stream.empty();
        };
    }
}
