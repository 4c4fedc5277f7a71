package joyride.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.cm.ManagedService;

/** A bundle that a test drops into a running service; it tells by files in the run-time directory what it sees. */
public final class ProbeActivator implements BundleActivator {
    static final String PID = "joyride.probe";

    private Path directory;

    @Override
    public void start(BundleContext context) {
        directory = Path.of(context.getProperty("joyride.run"));
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Constants.SERVICE_PID, PID);
        context.registerService(ManagedService.class, this::configured, properties);
        tell("started", context.getBundle().getVersion().toString());
    }

    @Override
    public void stop(BundleContext context) {
        tell("stopped", context.getBundle().getVersion().toString());
    }

    private void configured(Dictionary<String, ?> properties) {
        if (properties != null) {
            tell("colour", String.valueOf(properties.get("colour")));
        }
    }

    /** By a rename, so that a reader never sees half of it. */
    private void tell(String name, String text) {
        try {
            Path file = Files.writeString(directory.resolve(name + ".new"), text);
            Files.move(file, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
