package joyride.api.socket;

import joyride.api.net.IpAddress;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One TCP/IP stack, that of one application: its sockets, ports, memory quota, variant, congestion control, sysctl values
 * and counters. An exception in it ends it alone. Calls on its event loop, but for the getters.
 */
@ProviderType
public interface StackInstance {
    long id();

    /** The application's name, for people. */
    String name();

    /** For the console: of which processes it consists now, their ids separated by commas. */
    void processes(String ids);

    /** For the console: who runs in it. */
    void application(TransportHost.Application application);

    /** Opens a stream socket whose program side is {@code endpoint}; null when the instance is at its limit of sockets. */
    Socket openStream(Endpoint endpoint);

    /** Whether some instance of this service listens on that address and port, wildcard included. */
    boolean hasListener(IpAddress address, int port);

    /** Whether {@code address} is one of the service's own. */
    boolean isLocal(IpAddress address);

    /** Ends the instance: its peers get RST, its sockets ECONNRESET; {@code reason} is shown by the shell. Idempotent. */
    void end(String reason);

    boolean ended();
}
