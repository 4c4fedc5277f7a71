package joyride.api.socket;

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

    /** What goes over Joyride of what {@code application} does; read again when {@link #policyGeneration} changed. */
    ProgramPolicy policy(Application application);

    int policyGeneration();

    /** Another turn begins soon, also where the loop sleeps. From any thread. */
    void wake();

    /**
     * Who runs in a stack instance.
     *
     * @param program path of the executable file, as the kernel says; empty: the service may not know
     * @param name by which it was started, as it says itself: where one file is several programs it tells them apart
     * @param user number of its user when it attached
     */
    record Application(String program, String name, int user) {
        /** Nobody knows who. */
        public static final Application UNKNOWN = new Application("", "", -1);
    }

    /**
     * What follows from an address, a route, or a configured prefix.
     *
     * @param prefix the addresses
     * @param action what happens to connections there, and to listeners on them
     */
    record PolicyRule(IpPrefix prefix, PolicyAction action) {}

    /** What a rule does. */
    enum PolicyAction {
        KERNEL,
        JOYRIDE,
        /** The prefix is an address of Joyride's own. */
        LOCAL,
        REFUSE,
        /** Of a rule: over Joyride in UDP datagrams (TCP_REMOTE_UDP_ENCAPS_PORT); where it does not route, refused. */
        UDP
    }
}
