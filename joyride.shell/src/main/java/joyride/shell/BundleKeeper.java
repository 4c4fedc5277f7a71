package joyride.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.SynchronousBundleListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;

/**
 * Keeps Joyride's bundles in service whatever is dropped into {@code load/}: content that does not start gives way to the one before,
 * and a bundle of the distribution that a file replaced comes back when the file goes. What the shell's commands do it leaves to
 * them: those tell their user.
 */
@Component(service = BundleKeeper.class, immediate = true)
public final class BundleKeeper implements SynchronousBundleListener {
    private static final System.Logger LOG = System.getLogger(BundleKeeper.class.getName());
    private static final String OURS = "joyride.";

    private final BundleContext framework;
    private final Bundle self;
    private final BundleComponents components;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            task -> Thread.ofPlatform().name("shell bundles").daemon(true).unstarted(task));

    /** Content that ran, by bundle id, until the content after it runs too. */
    private final Map<Long, Path> before = new HashMap<>();

    /** Bundles whose content was replaced and has not run yet. */
    private final Set<Long> replaced = new HashSet<>();

    /** Bundles that a command has in hand. */
    private final Set<Long> commanded = new HashSet<>();

    /** Called by the container. */
    @Activate
    public BundleKeeper(final BundleContext context, @Reference final ServiceComponentRuntime runtime) {
        self = context.getBundle();
        framework = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getBundleContext();
        components = new BundleComponents(runtime);
    }

    @Activate
    void activate() {
        framework.addBundleListener(this);
    }

    @Deactivate
    void deactivate() {
        framework.removeBundleListener(this);
        worker.shutdown();
        synchronized (this) {
            before.values().forEach(BundleContent::delete);
            before.clear();
        }
    }

    /** A command changes {@code bundle}: what becomes of it is the command's business until {@link #done}. */
    synchronized void begin(final Bundle bundle) {
        commanded.add(bundle.getBundleId());
    }

    synchronized void done(final Bundle bundle) {
        commanded.remove(bundle.getBundleId());
        forget(bundle);
    }

    private void forget(final Bundle bundle) {
        replaced.remove(bundle.getBundleId());
        final Path kept = before.remove(bundle.getBundleId());
        if (kept != null) {
            BundleContent.delete(kept);
        }
    }

    @Override
    public synchronized void bundleChanged(final BundleEvent event) {
        final Bundle bundle = event.getBundle();
        final String name = bundle.getSymbolicName();
        if (name == null
                || !name.startsWith(OURS)
                || bundle.equals(self)
                || commanded.contains(bundle.getBundleId())
                || framework.getBundle(0).getState() != Bundle.ACTIVE) {
            return;
        }
        switch (event.getType()) {
            case BundleEvent.STOPPING -> keep(bundle);
            case BundleEvent.UPDATED -> replaced.add(bundle.getBundleId());
            case BundleEvent.STARTED -> later(() -> judge(bundle));
            case BundleEvent.STOPPED -> {
                if (replaced.contains(bundle.getBundleId())) {
                    later(() -> judge(bundle));
                }
            }
            case BundleEvent.UNINSTALLED -> {
                forget(bundle);
                later(() -> bringBack(bundle));
            }
            default -> {
                // nothing happens to its content
            }
        }
    }

    private void later(final Runnable task) {
        try {
            worker.execute(task);
        } catch (final RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the shell ends");
        }
    }

    /** A bundle that runs is about to stop: perhaps to be replaced. */
    private void keep(final Bundle bundle) {
        if (replaced.contains(bundle.getBundleId()) || before.containsKey(bundle.getBundleId())) {
            return;
        }
        try {
            before.put(bundle.getBundleId(), BundleContent.save(bundle));
        } catch (final ShellException e) {
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        }
    }

    /** Replaced content has started, or has failed to. */
    private void judge(final Bundle bundle) {
        final String failure = failure(bundle);
        final Path old;
        synchronized (this) {
            if (!replaced.remove(bundle.getBundleId()) || failure == null) {
                if (bundle.getState() == Bundle.ACTIVE) {
                    forget(bundle);
                }
                return;
            }
            old = before.remove(bundle.getBundleId());
        }
        if (old == null) {
            return;
        }
        String restored;
        try (InputStream content = Files.newInputStream(old)) {
            begin(bundle);
            bundle.stop();
            bundle.update(content);
            bundle.start();
            restored = "the one before is back in service";
        } catch (final IOException | BundleException e) {
            restored = "and the one before could not be brought back: " + e.getMessage();
        } finally {
            done(bundle);
            BundleContent.delete(old);
        }
        LOG.log(
                System.Logger.Level.ERROR,
                "{0} {1} does not start: {2}; {3}",
                bundle.getSymbolicName(),
                bundle.getVersion(),
                failure,
                restored);
    }

    /** Why it does not work, one line; null: it does. */
    private String failure(final Bundle bundle) {
        try {
            if (bundle.getState() != Bundle.ACTIVE) {
                bundle.start();
            }
            components.require(bundle);
            return null;
        } catch (final BundleException | IllegalStateException e) {
            return BundleCommands.reason(e);
        }
    }

    /** A file that replaced a bundle of the distribution is gone. */
    private void bringBack(final Bundle gone) {
        final String home = framework.getProperty("joyride.home");
        if (home == null || !gone.getLocation().contains(home + "/bundle/")) {
            return;
        }
        try {
            final Bundle again = framework.installBundle(gone.getLocation());
            again.start();
            LOG.log(
                    System.Logger.Level.INFO,
                    "{0} {1} of the distribution is back in service",
                    again.getSymbolicName(),
                    again.getVersion());
        } catch (final BundleException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0} of the distribution cannot be brought back: {1}",
                    gone.getSymbolicName(),
                    BundleCommands.reason(e));
        }
    }
}
