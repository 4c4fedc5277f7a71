package joyride.itest.bundles;

import java.util.Dictionary;
import java.util.Hashtable;
import joyride.api.nic.NicDriver;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/** Offers the driver {@code mirror}, ranked by the digits of its behaviour; or throws instead. */
public final class MirrorActivator implements BundleActivator {
    @Override
    public void start(BundleContext context) {
        String behaviour = context.getBundle().getHeaders().get("Behaviour");
        if (behaviour.startsWith("throw in start")) {
            throw new IllegalStateException("on purpose in start");
        }
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(NicDriver.TYPE, behaviour.startsWith("other") ? "other" : "mirror");
        String digits = behaviour.replaceAll("[^0-9]", "");
        properties.put(Constants.SERVICE_RANKING, digits.isEmpty() ? 0 : Integer.parseInt(digits));
        context.registerService(NicDriver.class, new MirrorDriver(behaviour), properties);
    }

    @Override
    public void stop(BundleContext context) {}
}
