package joyride.shell;

import java.util.Collection;
import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import org.osgi.util.promise.Promise;
import org.osgi.util.promise.Promises;

/** A framework whose bundles have no components. */
final class NoComponents implements ServiceComponentRuntime {
    @Override
    public Collection<ComponentDescriptionDTO> getComponentDescriptionDTOs(final Bundle... bundles) {
        return List.of();
    }

    @Override
    public ComponentDescriptionDTO getComponentDescriptionDTO(final Bundle bundle, final String name) {
        return null;
    }

    @Override
    public Collection<ComponentConfigurationDTO> getComponentConfigurationDTOs(
            final ComponentDescriptionDTO description) {
        return List.of();
    }

    @Override
    public boolean isComponentEnabled(final ComponentDescriptionDTO description) {
        return true;
    }

    @Override
    public Promise<Void> enableComponent(final ComponentDescriptionDTO description) {
        return Promises.resolved(null);
    }

    @Override
    public Promise<Void> disableComponent(final ComponentDescriptionDTO description) {
        return Promises.resolved(null);
    }
}
