package joyride.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.Background;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * Felix's commands for bundles with what a network service needs: they take symbolic names, fail with a status, refuse to
 * take away what living connections stand on, and bring the old content back when an update does not start. They stand
 * before Felix's own by their service ranking.
 */
@Component(service = BundleCommands.class, property = Constants.SERVICE_RANKING + ":Integer=100")
@GogoCommand(
        scope = "felix",
        function = {"start", "stop", "update", "refresh", "uninstall"})
public final class BundleCommands {
    private static final System.Logger LOG = System.getLogger(BundleCommands.class.getName());
    private static final String API = "joyride.api";
    private static final String CORE = "joyride.core";

    /** Of sockets that lose nothing: a listener goes on in the kernel meanwhile. */
    private static final Set<String> UNCONNECTED = Set.of("LISTEN", "CLOSED", "TIME_WAIT");

    private static final long REFRESH_SECONDS = 30;
    private static final long STOP_SECONDS = 15;

    /** So many times as long as a stop may take an update: each part in service rehearses twice, some 10 s each on a busy machine. */
    private static final int UPDATE_STOPS = 8;

    private final BundleContext framework;
    private final Bundle self;
    private final BundleComponents components;
    private final BundleKeeper keeper;
    private final Admin admin;
    private final long stopSeconds;

    /** Called by the container. */
    @Activate
    public BundleCommands(
            final BundleContext context,
            @Reference final ServiceComponentRuntime runtime,
            @Reference final BundleKeeper bundleKeeper,
            @Reference final Admin service) {
        this(context, runtime, bundleKeeper, service, STOP_SECONDS);
    }

    /** @param stopSeconds after which a bundle that has not stopped is stuck */
    BundleCommands(
            final BundleContext context,
            final ServiceComponentRuntime runtime,
            final BundleKeeper bundleKeeper,
            final Admin service,
            final long stopSeconds) {
        this.stopSeconds = stopSeconds;
        self = context.getBundle();
        keeper = bundleKeeper;
        admin = service;
        components = new BundleComponents(runtime);
        framework = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getBundleContext();
    }

    /** Starts bundles. Returns a line for each part of the service that this put in service. */
    @Descriptor("starts bundles")
    public String start(
            @Descriptor("not at the next start of the service")
                    @Parameter(
                            names = {"-t", "--transient"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean once,
            @Descriptor("ids or symbolic names") final String... bundles)
            throws InterruptedException {
        SwapReport report = SwapReport.begin(admin);
        for (Bundle bundle : find("start [-t] BUNDLE…", bundles)) {
            try {
                Aside.call(() -> {
                    bundle.start(once ? Bundle.START_TRANSIENT : 0);
                    return null;
                });
            } catch (BundleException e) {
                throw new ShellException(bundle.getSymbolicName() + " does not start: " + reason(e));
            }
        }
        return report.lines().strip();
    }

    /** Stops bundles. */
    @Descriptor("stops bundles")
    public void stop(
            @Descriptor("only until the next start of the service")
                    @Parameter(
                            names = {"-t", "--transient"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean once,
            @Descriptor("ids or symbolic names") final String... bundles) {
        List<Bundle> found = find("stop [-t] BUNDLE…", bundles);
        found.forEach(bundle -> guard("stop", bundle));
        for (Bundle bundle : found) {
            try {
                Aside.call(stopSeconds, () -> {
                    bundle.stop(once ? Bundle.STOP_TRANSIENT : 0);
                    return null;
                });
            } catch (TimeoutException e) {
                throw stuck(bundle, "stopped", stopSeconds);
            } catch (BundleException e) {
                throw new ShellException(bundle.getSymbolicName() + " does not stop cleanly: " + reason(e));
            }
        }
    }

    /** Updates a bundle from where it came from, or from a file. Returns one line. */
    @Descriptor("updates a bundle from where it came from, or from a file; keeps the old one if the new one fails")
    public String update(
            final CommandSession session,
            @Descriptor("id or symbolic name, and a file or URL if not the old one") final String... bundleAndSource)
            throws InterruptedException {
        Arguments.check("update BUNDLE [FILE|URL]", bundleAndSource, 1, 2);
        Bundle bundle = find("update BUNDLE [FILE|URL]", bundleAndSource[0]).getFirst();
        guard("update", bundle);
        String source = bundleAndSource.length == 2 ? bundleAndSource[1] : updateLocation(bundle);
        boolean ran = bundle.getState() == Bundle.ACTIVE;
        long begin = System.nanoTime();
        SwapReport report = SwapReport.begin(admin);
        StackAdmin stack = admin.orNull();
        try (Background background = stack == null ? null : stack.background()) {
            Contents contents = Aside.call(() -> {
                if (background != null) {
                    background.begin();
                }
                return Contents.load(session.currentDir(), source, bundle);
            });
            if (bundle.equals(self)) {
                return updateSelf(contents.next(), contents.old());
            }
            keeper.begin(bundle);
            try {
                Aside.call(
                        UPDATE_STOPS * stopSeconds,
                        () -> bringInService(bundle, source, contents, ran, stack, background));
            } catch (TimeoutException e) {
                throw stuck(bundle, "been updated", UPDATE_STOPS * stopSeconds);
            } finally {
                keeper.done(bundle);
                contents.delete();
            }
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        return bundle.getSymbolicName() + " " + bundle.getVersion() + " updated in " + millis + " ms" + report.lines();
    }

    /** What a bundle is to be, and what it was. */
    private record Contents(Path next, Path old) {
        static Contents load(final Path folder, final String source, final Bundle bundle) {
            Path next = BundleContent.load(folder, source, bundle.getSymbolicName());
            return new Contents(next, BundleContent.save(bundle));
        }

        void delete() {
            BundleContent.delete(next);
            BundleContent.delete(old);
        }
    }

    private static ShellException stuck(final Bundle bundle, final String what, final long seconds) {
        return new ShellException(bundle.getSymbolicName() + " is stuck: it has not " + what + " in " + seconds
                + " s; what it holds stays as it is until the service starts again");
    }

    /** @param stack and its background; null: there is none */
    private Object bringInService(
            final Bundle bundle,
            final String source,
            final Contents contents,
            final boolean ran,
            final StackAdmin stack,
            final Background background) {
        if (!ran || !Understudy.fits(bundle, stack)) {
            // Nobody serves in its place: what takes long here is as long missed.
            return replaceOrRestore(bundle, source, contents, ran, null);
        }
        background.begin();
        try (Understudy understudy = Understudy.start(framework, bundle, contents.next(), keeper, components, stack)) {
            return replaceOrRestore(bundle, source, contents, true, understudy);
        } catch (IOException | BundleException e) {
            throw new ShellException(bundle.getSymbolicName() + " from " + source + " does not start: " + reason(e)
                    + "; the old one stays in service");
        }
    }

    /** @param serving who serves meanwhile; null: nobody has to */
    private Object replaceOrRestore(
            final Bundle bundle,
            final String source,
            final Contents contents,
            final boolean ran,
            final Understudy serving) {
        try {
            replace(bundle, contents.next(), ran);
            if (serving != null) {
                serving.handBack();
            }
            return null;
        } catch (IOException | BundleException e) {
            throw new ShellException(bundle.getSymbolicName() + " from " + source + " does not start: " + reason(e)
                    + "; " + restore(bundle, ran, contents.old(), serving));
        }
    }

    /** The session that asked ends with the bundle, so a thread that belongs to neither does the work. */
    private String updateSelf(final Path next, final Path old) {
        Thread.ofPlatform()
                .inheritInheritableThreadLocals(false)
                .name("shell update")
                .start(() -> {
                    try {
                        replace(self, next, true);
                    } catch (IOException | BundleException e) {
                        LOG.log(
                                System.Logger.Level.ERROR,
                                "shell: its update does not start: {0}; {1}",
                                reason(e),
                                restore(self, true, old, null));
                    } finally {
                        BundleContent.delete(next);
                        BundleContent.delete(old);
                    }
                });
        return "the shell itself is being updated: this session ends";
    }

    private void replace(final Bundle bundle, final Path file, final boolean ran) throws IOException, BundleException {
        try (InputStream content = Files.newInputStream(file)) {
            bundle.update(content);
        }
        if (wiring().getRemovalPendingBundles().contains(bundle)) {
            refresh(List.of(bundle));
        }
        if (ran && bundle.getState() != Bundle.ACTIVE) {
            // The update tried this already, but told only the framework's listeners why it failed.
            bundle.start();
        }
        if (ran) {
            components.require(bundle);
        }
    }

    private String restore(final Bundle bundle, final boolean ran, final Path old, final Understudy serving) {
        try {
            replace(bundle, old, ran);
            if (serving != null) {
                serving.handBack();
            }
            return "the old one is back in service";
        } catch (IOException | BundleException e) {
            return "and the old one could not be brought back: " + reason(e)
                    + (serving == null
                            ? ""
                            : "; " + serving.stay() + " serves until it is uninstalled, or the service starts again");
        }
    }

    private static String updateLocation(final Bundle bundle) {
        String location = bundle.getHeaders("").get(Constants.BUNDLE_UPDATELOCATION);
        return location == null ? bundle.getLocation() : location;
    }

    /** Resolves bundles anew, with all that depend on them. */
    @Descriptor("resolves bundles anew, with all that depend on them; none: those that wait for it")
    public void refresh(@Descriptor("ids or symbolic names") final String... bundles) {
        Arguments.check("refresh [BUNDLE…]", bundles, 0, Integer.MAX_VALUE);
        List<Bundle> found = bundles.length == 0
                ? List.copyOf(wiring().getRemovalPendingBundles())
                : find("refresh [BUNDLE…]", bundles);
        found.forEach(bundle -> guard("refresh", bundle));
        refresh(found);
    }

    private void refresh(final Collection<Bundle> bundles) {
        if (bundles.isEmpty()) {
            return;
        }
        CountDownLatch done = new CountDownLatch(1);
        wiring().refreshBundles(bundles, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                done.countDown();
            }
        });
        try {
            if (!done.await(REFRESH_SECONDS, TimeUnit.SECONDS)) {
                throw new ShellException(
                        "the framework has not finished in " + REFRESH_SECONDS + " s; lb shows the states");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ShellException("interrupted; the framework goes on with it");
        }
    }

    /** Uninstalls bundles. */
    @Descriptor("uninstalls bundles until the next start of the service")
    public void uninstall(@Descriptor("ids or symbolic names") final String... bundles) {
        List<Bundle> found = find("uninstall BUNDLE…", bundles);
        found.forEach(bundle -> guard("uninstall", bundle));
        for (Bundle bundle : found) {
            keeper.begin(bundle);
            try {
                Aside.call(() -> {
                    bundle.uninstall();
                    return null;
                });
            } catch (BundleException e) {
                throw new ShellException(bundle.getSymbolicName() + " cannot be uninstalled: " + reason(e));
            }
        }
    }

    /** What of the shell, of joyride.api, and of what living connections stand on, is not to be touched. */
    private void guard(final String verb, final Bundle bundle) {
        if (bundle.equals(self) && !verb.equals("update")) {
            throw new ShellException(
                    "refused to " + verb + " the shell itself: nothing could start it again; update replaces it");
        }
        List<String> others = wiring().getDependencyClosure(List.of(bundle)).stream()
                .map(Bundle::getSymbolicName)
                .filter(name -> name != null && !name.equals(bundle.getSymbolicName()))
                .sorted()
                .toList();
        if (API.equals(bundle.getSymbolicName())) {
            // Everything that stands on it would have to start again, and the connections' state lies in its types.
            throw new ShellException(
                    "refused to " + verb + " " + API + ": it holds the state that outlives the other bundles; "
                            + "this would restart " + String.join(", ", others) + " and end every connection; "
                            + "to replace it, end the service and start it again");
        }
        boolean endsTheService = bundle.getBundleId() == Constants.SYSTEM_BUNDLE_ID && verb.equals("stop");
        if ((CORE.equals(bundle.getSymbolicName()) || others.contains(CORE)) && !endsTheService) {
            guardConnections(verb, bundle.getSymbolicName());
        }
    }

    private void guardConnections(final String verb, final String bundle) {
        StackAdmin stack = admin.orNull();
        long connections = stack == null
                ? 0
                : stack.sockets().stream()
                        .filter(socket -> socket.accelerated() && !UNCONNECTED.contains(socket.state()))
                        .count();
        if (connections > 0) {
            throw new ShellException(
                    "refused to " + verb + " " + bundle + ": " + connections
                            + (connections == 1 ? " connection lives in " : " connections live in ")
                            + CORE + (CORE.equals(bundle) ? "" : ", which needs it,")
                            + " and would end; end the programs first (sockets lists them), or end the service and start it again");
        }
    }

    private List<Bundle> find(final String usage, final String... names) {
        Arguments.check(usage, names, 1, Integer.MAX_VALUE);
        List<Bundle> found = new ArrayList<>();
        for (String name : names) {
            Bundle bundle = BundleConverter.find(framework, name);
            if (bundle == null) {
                throw new ShellException("no bundle '" + name + "'; lb -s lists them" + alike(name));
            }
            found.add(bundle);
        }
        return found;
    }

    private String alike(final String name) {
        List<String> names = Arrays.stream(framework.getBundles())
                .map(Bundle::getSymbolicName)
                .filter(known -> known != null && known.contains(name))
                .toList();
        return names.isEmpty() ? "" : "; perhaps " + String.join(", ", names);
    }

    private FrameworkWiring wiring() {
        return framework.getBundle().adapt(FrameworkWiring.class);
    }

    /** The innermost message: the framework wraps what a bundle threw several times. */
    static String reason(final Throwable thrown) {
        Throwable cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage();
        return (message == null ? cause.getClass().getSimpleName() : message)
                .lines()
                .findFirst()
                .orElse("");
    }
}
