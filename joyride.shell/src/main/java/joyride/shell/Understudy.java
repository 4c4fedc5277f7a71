package joyride.shell;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/**
 * New content of a bundle that serves connections, as a bundle of its own beside the old one: it rehearses and takes over while the old one is
 * there, serves while the bundle itself is updated, and hands over to that when that has rehearsed too. So nobody is without service,
 * nobody meets code that was never run, and who does not take over leaves all as it was.
 */
final class Understudy implements AutoCloseable {
    /** What core rehearses, and hands over while old and new are there. A driver's port may be one that cannot be open twice. */
    private static final Set<String> KINDS = Set.of("tcp", "cc", "ipc");

    private static final System.Logger LOG = System.getLogger(Understudy.class.getName());
    private static final String SUFFIX = ".understudy";

    private final BundleKeeper keeper;
    private final StackAdmin stack;
    private final Bundle original;
    private final Bundle bundle;
    private boolean stays;

    private Understudy(final BundleKeeper keeper, final StackAdmin stack, final Bundle original, final Bundle bundle) {
        this.keeper = keeper;
        this.stack = stack;
        this.original = original;
        this.bundle = bundle;
    }

    /** Whether something of {@code bundle} is in service now. @param stack null: nothing is */
    static boolean fits(final Bundle bundle, final StackAdmin stack) {
        return stack != null
                && stack.variants().stream()
                        .anyMatch(part -> KINDS.contains(part.kind())
                                && part.bundle().equals(text(bundle))
                                && part.state().equals("in service"));
    }

    /** As core calls a bundle. */
    private static String text(final Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }

    /**
     * Starts {@code content} beside {@code original}, which serves; blocks while it rehearses and takes over.
     *
     * @throws BundleException why it does not start, or why the service refuses it, one line; then nothing has changed
     */
    static Understudy start(
            final BundleContext framework,
            final Bundle original,
            final Path content,
            final BundleKeeper keeper,
            final BundleComponents components,
            final StackAdmin stack)
            throws IOException, BundleException {
        final Path renamed = BundleContent.renamed(content, original.getSymbolicName() + SUFFIX);
        final Bundle bundle;
        try (InputStream in = Files.newInputStream(renamed)) {
            bundle = framework.installBundle("understudy:" + original.getBundleId() + ":" + System.nanoTime(), in);
        } finally {
            BundleContent.delete(renamed);
        }
        keeper.begin(bundle);
        final Understudy understudy = new Understudy(keeper, stack, original, bundle);
        boolean serves = false;
        try {
            bundle.start(Bundle.START_TRANSIENT);
            components.require(bundle);
            understudy.serveWith(bundle);
            serves = true;
            return understudy;
        } finally {
            if (!serves) {
                understudy.close();
            }
        }
    }

    /** Now {@code who} serves. @throws BundleException if the service refuses it; then who served before still does */
    private void serveWith(final Bundle who) throws BundleException {
        try {
            requireAccepted(who, "it fails in its rehearsal, as the log says");
            stack.prefer(text(who));
            requireAccepted(who, "it does not take the connections over, as the log says");
        } catch (final AdminException e) {
            throw new BundleException(e.getMessage(), e);
        }
    }

    private void requireAccepted(final Bundle who, final String failure) throws BundleException {
        if (stack.variants().stream()
                .anyMatch(
                        part -> part.bundle().equals(text(who)) && part.state().equals("refused"))) {
            throw new BundleException(failure);
        }
    }

    /** The updated bundle itself serves again. @throws BundleException if the service refuses it; then this one goes on */
    void handBack() throws BundleException {
        serveWith(original);
    }

    /** Nobody else can serve: this one goes on until somebody uninstalls it. @return its name */
    String stay() {
        stays = true;
        return bundle.getSymbolicName();
    }

    /** Goes, if it is not to {@link #stay}; what it still serves goes over to whoever else offers it. */
    @Override
    public void close() {
        try {
            if (!stays) {
                bundle.uninstall();
            }
        } catch (final BundleException | IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0} cannot be uninstalled: {1}",
                    bundle.getSymbolicName(),
                    BundleCommands.reason(e));
        } finally {
            keeper.done(bundle);
        }
    }
}
