package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.concurrent.Callable;
import joyride.api.admin.StackAdmin;
import joyride.api.socket.IpcTransport;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;

/** A load on the service, and what is asked of it. */
final class Traffic implements AutoCloseable {
    private static final long REQUESTS = 2_000;
    private static final long PATIENCE_MILLIS = 60_000;

    private final StackAdmin admin;
    private final LoadTransport load;
    private final int clients;
    private final ServiceRegistration<IpcTransport> registration;

    Traffic(BundleContext context, StackAdmin admin, String name, LoadTransport load, int clients) {
        this.admin = admin;
        this.load = load;
        this.clients = clients;
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(IpcTransport.TRANSPORT, name);
        registration = context.registerService(IpcTransport.class, load, properties);
    }

    LoadTransport load() {
        return load;
    }

    /** Requests are answered, each right, and every connection lives. */
    void flows(String when) throws Exception {
        long goal = load.requests() + REQUESTS;
        until(REQUESTS + " more requests " + when, () -> load.requests() >= goal && load.established() == clients);
        whole();
    }

    void whole() {
        assertNull(load.failure());
        assertEquals(clients, load.established());
    }

    /** Waits until {@code holds}; meanwhile no connection of this load fails. */
    void until(String what, Callable<Boolean> holds) throws Exception {
        long deadline = System.currentTimeMillis() + PATIENCE_MILLIS;
        while (!holds.call()) {
            assertNull(what, load.failure());
            assertTrue(
                    "not in time: " + what + "; variants " + admin.variants() + "; interfaces " + admin.interfaces(),
                    System.currentTimeMillis() < deadline);
            Thread.sleep(5);
        }
    }

    @Override
    public void close() {
        registration.unregister();
    }
}
