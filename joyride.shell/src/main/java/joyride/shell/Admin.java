package joyride.shell;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import joyride.api.admin.StackAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** The running service as all commands reach it; it may come and go while they stay. */
@Component(service = Admin.class)
public final class Admin {
    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile StackAdmin stack;

    /** Called by the container. */
    @Activate
    public Admin() {}

    /** @param stack null for none */
    Admin(final StackAdmin stack) {
        this.stack = stack;
    }

    /** @throws ShellException if the service is not there */
    StackAdmin get() {
        StackAdmin current = stack;
        if (current == null) {
            throw new ShellException("the network service is not running; its log says why, lb shows its bundles");
        }
        return current;
    }

    /** Null if the service is not there. */
    StackAdmin orNull() {
        return stack;
    }

    /** @throws ShellException if there is no such interface */
    String interfaceName(final String name) {
        List<String> names =
                get().interfaces().stream().map(StackAdmin.InterfaceView::name).toList();
        return oneOf("interface", name, names);
    }

    /** An instance's number from its text. @throws ShellException if there is none */
    long instance(final String text) {
        long id;
        try {
            id = Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new ShellException("instance '" + text + "' is not a number; instances lists them");
        }
        if (id != 0 && get().instances().stream().noneMatch(instance -> instance.id() == id)) {
            throw new ShellException("no instance " + id + "; instances lists them");
        }
        return id;
    }

    /** @throws ShellException if {@code value} is none of {@code known} */
    static String oneOf(final String what, final String value, final Collection<String> known) {
        if (!known.contains(value)) {
            List<String> sorted = new ArrayList<>(known);
            sorted.sort(null);
            throw new ShellException("no " + what + " '" + value + "'; "
                    + (sorted.isEmpty() ? "there is none" : "one of " + String.join(", ", sorted)));
        }
        return value;
    }
}
