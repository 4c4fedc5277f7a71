package joyride.core.engine;

import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.core.instance.Instance;

/** What an {@link Engine} asks of the transport protocols. On the engine's thread. */
public interface TransportStage {
    /** Runs the output that the turn asked for. @return how much was done */
    int output();

    /** A stream socket of {@code instance}; null at its limit. */
    Socket openStream(Instance instance, Endpoint endpoint);

    /** Whether some instance listens there, wildcard included; halves of the mapped form. */
    boolean hasListener(long high, long low, int port);

    /**
     * {@code instance} ends: its connections are reset, its endpoints told {@code errno}, its ports freed. May be called in
     * the middle of protocol work: what must wait, waits for {@link #output}.
     */
    void end(Instance instance, int errno);
}
