package joyride.itest.bundles;

import java.util.Dictionary;
import java.util.Hashtable;
import joyride.api.socket.Attachments;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.PolledTransport;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * Offers a transport that is bad as its behaviour says: {@code throw in start}, {@code throw when it takes over} from the one in
 * service, whose name it has, {@code throw in attach}, {@code throw in poll}.
 */
public final class TransportActivator implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        String behaviour = context.getBundle().getHeaders().get("Behaviour");
        if (behaviour.equals("throw in start")) {
            throw new IllegalStateException("on purpose in start");
        }
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(IpcTransport.TRANSPORT, behaviour.equals("throw when it takes over") ? "shm" : "bad");
        properties.put(Constants.SERVICE_RANKING, 10);
        context.registerService(IpcTransport.class, new Bad(behaviour), properties);
    }

    @Override
    public void stop(BundleContext context) {}

    /** The transport. */
    public static final class Bad implements PolledTransport {
        private static final int GOOD_TURNS = 100;

        private final String behaviour;
        private StackInstance instance;
        private int turns;

        Bad(String behaviour) {
            this.behaviour = behaviour;
        }

        private void perhaps(String what) {
            if (behaviour.equals(what)) {
                throw new IllegalStateException(what + " on purpose");
            }
        }

        @Override
        public void attach(TransportHost host) {
            perhaps("throw in attach");
            instance = host.createInstance("bad");
        }

        @Override
        public void adopt(TransportHost host, Attachments left) {
            perhaps("throw when it takes over");
        }

        @Override
        public void detach() {
            instance.end("its transport goes");
        }

        @Override
        public int poll() {
            if (turns++ > GOOD_TURNS) {
                perhaps("throw in poll");
            }
            return 0;
        }
    }
}
