package joyride.itest.bundles;

import java.util.Dictionary;
import java.util.Hashtable;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpControlBlock;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Offers the congestion control {@code fixed}: a constant window. It throws where its behaviour says, while the system property says so. */
public final class ControlActivator implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        String behaviour = context.getBundle().getHeaders().get("Behaviour");
        if (behaviour.equals("throw in start")) {
            throw new IllegalStateException("on purpose in start");
        }
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(CongestionControl.NAME, "fixed");
        context.registerService(CongestionControl.class, new Fixed(behaviour), properties);
    }

    @Override
    public void stop(BundleContext context) {}

    /** Twenty segments, always. */
    public static final class Fixed implements CongestionControl {
        private final String behaviour;

        Fixed(String behaviour) {
            this.behaviour = behaviour;
        }

        private void perhaps(String what) {
            if (behaviour.equals(what) && what.equals(System.getProperty(VariantActivator.ARMED))) {
                throw new IllegalStateException(what + " on purpose");
            }
        }

        @Override
        public String name() {
            return "fixed";
        }

        @Override
        public void init(TcpControlBlock tcb) {
            perhaps("throw in init");
            tcb.sndCwnd = 20 * tcb.maxSeg;
        }

        @Override
        public void destroy(TcpControlBlock tcb) {
            perhaps("throw when it must let go");
        }

        @Override
        public void connInit(TcpControlBlock tcb) {
            tcb.sndCwnd = 20 * tcb.maxSeg;
        }

        @Override
        public void ackReceived(TcpControlBlock tcb, int type) {
            perhaps("throw on packets");
            tcb.sndCwnd = 20 * tcb.maxSeg;
        }

        @Override
        public void congestionSignal(TcpControlBlock tcb, int signal) {}

        @Override
        public void postRecovery(TcpControlBlock tcb) {}

        @Override
        public void afterIdle(TcpControlBlock tcb) {}
    }
}
