package joyride.shell;

import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/** Whether the components of a bundle work: a bundle that runs may still offer nothing, because its components do not start. */
final class BundleComponents {
    private final ServiceComponentRuntime runtime;

    BundleComponents(final ServiceComponentRuntime runtime) {
        this.runtime = runtime;
    }

    /** @throws BundleException with why a component does not start, one line */
    void require(final Bundle bundle) throws BundleException {
        for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(bundle)) {
            for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(component)) {
                if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                    throw new BundleException(
                            "its component " + component.name + " threw " + cause(configuration.failure));
                }
            }
        }
    }

    /** The exception itself, out of a printed stack trace: the last cause's first line. */
    private static String cause(final String failure) {
        String last =
                failure == null ? "an exception" : failure.lines().findFirst().orElse("");
        for (String line : failure == null ? new String[0] : failure.split("\n")) {
            if (line.startsWith("Caused by: ")) {
                last = line.substring("Caused by: ".length());
            }
        }
        return last.strip();
    }
}
