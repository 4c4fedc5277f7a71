package joyride.api.socket;

import joyride.api.memory.ReadsAhead;
import joyride.api.net.IpAddress;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A socket of a stack instance: core's side, which an {@link IpcTransport} drives. All calls on the instance's event
 * loop. Results are 0 or a positive Linux errno from {@link Errno}.
 */
@ProviderType
public interface Socket extends ReadsAhead {
    StackInstance instance();

    /** Local address; the wildcard before it is known. */
    IpAddress localAddress();

    int localPort();

    IpAddress remoteAddress();

    int remotePort();

    /** TCP state by FreeBSD's name, such as {@code ESTABLISHED}, or {@code UDP}. */
    String stateName();

    /** Of {@link #bind}: {@code ::} does not mean IPv4, too (IPV6_V6ONLY). */
    int V6_ONLY = 1;

    /**
     * Binds to a local address and port. EADDRINUSE, EADDRNOTAVAIL, EINVAL if bound already. Port 0 picks one.
     *
     * @param flags {@link #V6_ONLY} or 0
     */
    int bind(IpAddress address, int port, int flags);

    /** Starts to listen, or changes the backlog (1..{@code kern.ipc.soacceptqueue}). */
    int listen(int backlog);

    /** Starts an active open; an unbound socket gets an address by route and an ephemeral port. */
    int connect(IpAddress address, int port);

    /**
     * Of {@link #connect(IpAddress, int, int)}: Fast Open (RFC 7413). Where the peer gave a cookie, or needs none, the SYN waits for what the program writes
     * first, and takes it along: {@link #awaitsData}. Else it asks for a cookie. EOPNOTSUPP if {@code net.inet.tcp.fastopen.client_enable} is 0.
     */
    int FAST_OPEN = 2;

    /** As {@link #connect(IpAddress, int)}. @param flags {@link #FAST_OPEN} or 0 */
    int connect(IpAddress address, int port, int flags);

    /** Whether an open waits for the first {@link #written} to send its SYN. */
    boolean awaitsData();

    /** The program's side; null: none yet. */
    Endpoint endpoint();

    /**
     * The program's side passes to {@code successor}, whose rings stand where those before it stood, and have the same memory. What
     * core tells from now on goes there.
     */
    void exchange(Endpoint successor);

    /** The program wrote: {@link SendRing#produced} moved. */
    void written();

    /** The program wrote, and the byte before stream position {@code end} is urgent (MSG_OOB): the peer is told, window or not. */
    void writtenUrgent(long end);

    /** The program read: {@link ReceiveRing#consumed} moved; may open the window. */
    void consumed();

    /**
     * How far the program must have read ({@link ReceiveRing#consumed}) for {@link #consumed} to be called at once: the peer knows of a window that is too
     * small for it, and from there on an update is worth a segment. {@link Long#MAX_VALUE} while the peer can send. It changes when data
     * arrives, when {@link #consumed} or {@link #setOption} was called, and may only get larger in between.
     */
    default long hearAt() {
        return Long.MAX_VALUE;
    }

    /** shutdown(SHUT_WR): FIN after everything written. */
    void shutdownSend();

    /** shutdown(SHUT_RD): what arrives is acknowledged and thrown away. */
    void shutdownReceive();

    /**
     * close: the program has no use for the socket any more. TCP finishes by itself; unread data means RST (RFC 2525 §2.17).
     * The rings stay until {@link Endpoint#closed}.
     */
    void close();

    /** Ends the connection with RST: SO_LINGER 0, or the program died and the policy says so. */
    void abort();

    /** An accepted connection was taken out of the listener's queue by the program. */
    void accepted();

    /** Sets an option. @param value what it means is {@code option}'s */
    int setOption(SocketOption option, long value);

    /** An option's value, or a negative errno. */
    long getOption(SocketOption option);

    /**
     * Sets the key with which segments to and from peers are signed (RFC 2385): TCP_MD5SIG. A peer for whom there is a key is heard only if it
     * signs, one for whom there is none only if it does not.
     *
     * @param prefix bits of {@code peer} that count, 0..32 or 0..128
     * @param key 1..80 bytes; none: the key that was set for that prefix is taken away
     * @return ENOENT if there is none to take away, EINVAL, or ENOMEM beyond 1024 keys
     */
    int md5Key(IpAddress peer, int prefix, byte[] key);

    /** Chooses the congestion control by name: TCP_CONGESTION. ENOENT if there is none. */
    int congestionControl(String name);

    String congestionControl();

    /**
     * Sets an option of the congestion control (TCP_CCALGOOPT), for the connection or that which is to come; another congestion control forgets it.
     *
     * @param option as FreeBSD lays it out for that algorithm
     * @return ENOENT if it has no options, or what it says
     */
    int setCongestionOption(byte[] option);

    /** Reads one. @param option what is asked for; the answer is filled in @return as {@link #setCongestionOption} */
    int getCongestionOption(byte[] option);

    /**
     * Chooses the TCP variant by name, for now and later: TCP_FUNCTION_BLK. ENOENT if there is none; a variant that does not take the connection
     * as it is says why not, and the connection keeps what it has.
     */
    int variant(String name);

    String variant();

    /** Writes Linux's {@code struct tcp_info} (at most {@code room} bytes) and returns its length. */
    int tcpInfo(long address, int room);
}
