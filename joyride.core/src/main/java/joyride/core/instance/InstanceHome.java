package joyride.core.instance;

import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;

/** What an {@link Instance} asks of the event loop that it lives on. On the loop. */
public interface InstanceHome {
    /** A stream socket of {@code instance}; null at its limit. */
    Socket openStream(Instance instance, Endpoint endpoint);

    /** Whether some instance listens there, wildcard included; halves of the mapped form. */
    boolean hasListener(long high, long low, int port);

    /** Whether the address is one of this service's; halves of the mapped form. */
    boolean isLocal(long high, long low);

    /** {@code instance} ends, and says why already: its connections are reset, and nobody lists it any more. */
    void ended(Instance instance);
}
