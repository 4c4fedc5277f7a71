package joyride.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import joyride.shell.fixture.Serving;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceEvent;
import org.osgi.framework.ServiceReference;

/** A stack for which bundles of {@link Serving} do what variants do: one of those that are there serves, the eldest or the one preferred. */
final class ServingStack extends FakeAdmin {
    /** Fail in their rehearsal. */
    final Set<String> broken = new HashSet<>();

    /** Refuse when they are to take over. */
    final Set<String> refusing = new HashSet<>();

    /** Who served at each moment at which one of them went; {@code nobody}. */
    final List<String> servedWhenOneWent = new ArrayList<>();

    /** Whether it has a connection, besides its listener; else one that ended. */
    boolean connected = true;

    private final BundleContext framework;
    private String preferred = "";
    private boolean refused;

    ServingStack(final BundleContext framework) {
        this.framework = framework;
        framework.addServiceListener(event -> {
            if (event.getType() == ServiceEvent.UNREGISTERING && isServing(event.getServiceReference())) {
                servedWhenOneWent.add(serving(event.getServiceReference()));
            }
        });
    }

    private static boolean isServing(final ServiceReference<?> reference) {
        return List.of((String[]) reference.getProperty(Constants.OBJECTCLASS)).contains(Callable.class.getName());
    }

    private static String text(final ServiceReference<?> reference) {
        Bundle bundle = reference.getBundle();
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }

    private List<ServiceReference<?>> there() {
        return Arrays.stream(framework.getBundles())
                .map(Bundle::getRegisteredServices)
                .filter(Objects::nonNull)
                .flatMap(Stream::of)
                .filter(ServingStack::isServing)
                .<ServiceReference<?>>map(reference -> reference)
                .sorted(Comparator.comparing(reference -> (Long) reference.getProperty(Constants.SERVICE_ID)))
                .toList();
    }

    String serving() {
        return serving(null);
    }

    private String serving(final ServiceReference<?> leaving) {
        List<String> fit = there().stream()
                .filter(reference -> reference != leaving)
                .map(ServingStack::text)
                .filter(text -> !isRefused(text))
                .toList();
        return fit.contains(preferred) ? preferred : fit.isEmpty() ? "nobody" : fit.getFirst();
    }

    private boolean isRefused(final String text) {
        return broken.contains(text) || refused && refusing.contains(text);
    }

    @Override
    public void prefer(final String bundle) {
        super.prefer(bundle);
        if (refusing.contains(bundle)) {
            refused = true;
        } else {
            preferred = bundle;
        }
    }

    @Override
    public List<SocketView> sockets() {
        return connected
                ? super.sockets()
                : super.sockets().stream()
                        .map(socket -> FakeAdmin.socket(
                                socket.instance(), socket.local(), socket.remote(), remains(socket), true, ""))
                        .toList();
    }

    private static String remains(final SocketView socket) {
        return socket.state().equals("LISTEN") ? "LISTEN" : "TIME_WAIT";
    }

    @Override
    public List<VariantView> variants() {
        return there().stream()
                .map(ServingStack::text)
                .map(text -> new VariantView(
                        "tcp",
                        "fake",
                        text,
                        isRefused(text) ? "refused" : text.equals(serving()) ? "in service" : "waiting",
                        1))
                .toList();
    }
}
