package joyride.api.socket;

import java.util.List;
import joyride.api.memory.Kernels;
import joyride.api.net.IpPrefix;
import org.osgi.annotation.versioning.ProviderType;

/** What core offers to an {@link IpcTransport} that is attached to one of its loops. On that loop. */
@ProviderType
public interface TransportHost {
    /** Makes a stack instance for an application. */
    StackInstance createInstance(String name);

    Kernels kernels();

    /** The turn's time, ns. */
    long nanoTime();

    /** Which destinations go over Joyride; read again when {@link #policyGeneration} changed. */
    List<PolicyRule> policy();

    int policyGeneration();

    /**
     * A rule of the policy.
     *
     * @param prefix the destinations
     * @param action what happens to them
     */
    record PolicyRule(IpPrefix prefix, PolicyAction action) {}

    /** What a rule does. */
    enum PolicyAction {
        KERNEL,
        JOYRIDE,
        /** The prefix is an address of Joyride's own. */
        LOCAL,
        REFUSE
    }
}
