package joyride.itest.bundles;

import java.util.Collection;
import java.util.Dictionary;
import java.util.Hashtable;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpSegment;
import joyride.api.tcp.TcpVariant;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;

/**
 * Offers the variant {@code disguise}: FreeBSD's in disguise, which throws on every packet, or when it must let go, while the system property
 * {@link #ARMED} is what its behaviour says.
 */
public final class VariantActivator implements BundleActivator {
    public static final String ARMED = "joyride.itest.armed";

    @Override
    public void start(BundleContext context) throws Exception {
        String behaviour = context.getBundle().getHeaders().get("Behaviour");
        if (behaviour.equals("throw in start")) {
            throw new IllegalStateException("on purpose in start");
        }
        Collection<ServiceReference<TcpVariant>> found =
                context.getServiceReferences(TcpVariant.class, "(tcp.variant=freebsd)");
        TcpVariant inner = context.getService(found.iterator().next());
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(TcpVariant.NAME, "disguise");
        context.registerService(TcpVariant.class, new Disguise(inner, behaviour), properties);
    }

    @Override
    public void stop(BundleContext context) {}

    /** Another variant over the one in service. */
    public static final class Disguise implements TcpVariant {
        private final TcpVariant inner;
        private final String behaviour;

        Disguise(TcpVariant inner, String behaviour) {
            this.inner = inner;
            this.behaviour = behaviour;
        }

        private void perhaps(String what) {
            if (behaviour.equals(what) && what.equals(System.getProperty(ARMED))) {
                throw new IllegalStateException(what + " on purpose");
            }
        }

        @Override
        public String name() {
            return "disguise";
        }

        @Override
        public int handoffOk(TcpControlBlock tcb) {
            return inner.handoffOk(tcb);
        }

        @Override
        public int init(TcpControlBlock tcb) {
            return inner.init(tcb);
        }

        @Override
        public void fini(TcpControlBlock tcb, boolean destroyed) {
            perhaps("throw when it must let go");
            inner.fini(tcb, destroyed);
        }

        @Override
        public void segmentArrived(TcpControlBlock tcb, TcpSegment segment) {
            perhaps("throw on packets");
            inner.segmentArrived(tcb, segment);
        }

        @Override
        public void output(TcpControlBlock tcb) {
            inner.output(tcb);
        }

        @Override
        public void timer(TcpControlBlock tcb, int which) {
            inner.timer(tcb, which);
        }

        @Override
        public int setOption(TcpControlBlock tcb, SocketOption option, long value) {
            return inner.setOption(tcb, option, value);
        }

        @Override
        public void mtuChanged(TcpControlBlock tcb, int mtu) {
            inner.mtuChanged(tcb, mtu);
        }
    }
}
