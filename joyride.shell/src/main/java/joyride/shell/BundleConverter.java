package joyride.shell;

import java.util.Arrays;
import org.apache.felix.service.command.Converter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** Lets commands name a bundle by its id or its symbolic name. */
@Component(property = Converter.CONVERTER_CLASSES + "=org.osgi.framework.Bundle")
public final class BundleConverter implements Converter {
    private final BundleContext framework;

    /** Called by the container. */
    @Activate
    public BundleConverter(final BundleContext context) {
        framework = context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getBundleContext();
    }

    @Override
    public Object convert(final Class<?> desiredType, final Object in) {
        return desiredType == Bundle.class && (in instanceof CharSequence || in instanceof Number)
                ? find(framework, in.toString())
                : null;
    }

    /** Null if there is none. */
    static Bundle find(final BundleContext context, final String idOrName) {
        if (!idOrName.isEmpty() && idOrName.chars().allMatch(Character::isDigit) && idOrName.length() < 18) {
            return context.getBundle(Long.parseLong(idOrName));
        }
        return Arrays.stream(context.getBundles())
                .filter(bundle -> idOrName.equals(bundle.getSymbolicName()))
                .findFirst()
                .orElse(null);
    }

    @Override
    public CharSequence format(final Object target, final int level, final Converter escape) {
        return target instanceof Bundle bundle
                ? bundle.getBundleId() + " " + bundle.getSymbolicName() + " " + bundle.getVersion()
                : null;
    }
}
