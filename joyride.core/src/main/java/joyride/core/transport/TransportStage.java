package joyride.core.transport;

import java.util.List;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.instance.Instance;
import joyride.core.tcp.EventTrace;

/** What an event loop asks of the transport protocols. On the loop's thread. */
public interface TransportStage {
    /** Runs the output that the turn asked for. @return how much was done */
    int output();

    /** Lets go what was paced and may be sent by now. @return how much was done */
    int advance();

    /** When {@link #advance} may have something to do, ns on the clock's line; {@link Long#MAX_VALUE}: never. */
    long nextEvent();

    /** Some interface has a port now: who waited for one goes on, with {@link #advance}. */
    void portAttached();

    /** A stream socket of {@code instance}; null at its limit. */
    Socket openStream(Instance instance, Endpoint endpoint);

    /** Whether some instance listens there, wildcard included; halves of the mapped form. */
    boolean hasListener(long high, long low, int port);

    /**
     * {@code instance} ends: its connections are reset, its endpoints told {@code errno}, its ports freed. May be called in
     * the middle of protocol work: what must wait, waits for {@link #output}.
     */
    void end(Instance instance, int errno);

    /**
     * {@code variant} is what {@code name} means from now on; null: nothing, and segments for it are dropped and counted while its
     * timers wait. New connections of instances whose {@link Instance#variant} this is get it; existing ones go over by {@link #handOver}.
     */
    void variant(String name, TcpVariant variant);

    /** {@code control} is what {@code name} means from now on; null: nothing, and NewReno stands in. As with {@link #variant}. */
    void congestionControl(String name, CongestionControl control);

    /**
     * Moves connections that have another variant or congestion control object than their instance's names mean now: a step of a
     * swap, taken once a turn. A connection that a newcomer refuses, or throws on, keeps what it has, and {@code progress} is told.
     *
     * @param most connections to move in this step
     * @return connections moved or refused; 0: there is none left to move
     */
    int handOver(HandOver progress, int most);

    /**
     * Gives one connection a congestion control of its own, as the socket option TCP_CONGESTION does.
     *
     * @param instance 0: whose it is does not matter
     * @param connection {@code LOCAL REMOTE} as in {@link SocketView}
     * @return the name of the one it had; null: there is no such connection
     */
    String congestionControl(long instance, String connection, String name);

    /**
     * Begins to keep the last {@code events} events of a connection.
     *
     * @param connection {@code LOCAL REMOTE} as in {@link SocketView}
     * @return false: there is no such connection
     * @throws IllegalStateException with one line: too many are traced
     */
    boolean startTrace(String connection, int events);

    /** Ends that, also of a connection that is gone by now. @return null: it was not traced */
    EventTrace stopTrace(String connection);

    /**
     * Gives one connection a variant of its own, as the socket option TCP_FUNCTION_BLK does.
     *
     * @param instance 0: whose it is does not matter
     * @param connection {@code LOCAL REMOTE} as in {@link SocketView}
     * @return the name of the one it had; null: there is no such connection
     * @throws IllegalStateException if the variant does not take it, with one line for people
     */
    String variant(long instance, String connection, String name);

    /** Connections that a variant or congestion control serves now; null stands for core's own NewReno. */
    long users(Object variantOrControl);

    /**
     * Nobody serves {@code instance}'s programs from now on, or somebody does again: meanwhile segments for it are dropped and counted,
     * its timers stand still, it sends nothing and tells its endpoints nothing of its own accord.
     */
    void pause(Instance instance, boolean paused);

    /** All sockets, for the console. */
    List<SocketView> socketViews();
}
