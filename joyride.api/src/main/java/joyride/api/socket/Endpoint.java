package joyride.api.socket;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The program's side of a {@link Socket}, made by an {@link IpcTransport} (or by the service for a socket of its own).
 * Core calls it on the instance's event loop, in the middle of protocol work: it must not call back into the socket, and
 * collects what it has to tell a program until the end of the turn.
 */
@ConsumerType
public interface Endpoint {
    ReceiveRing receiveRing();

    SendRing sendRing();

    /** Bytes were published, or the stream ended. */
    void readable();

    /**
     * The peer marked urgent data (RFC 9293 §3.8.5, RFC 6093): the byte at {@code position} of the stream, which may not have come yet.
     * Out of band or not, it lies in the receive ring like any other; whom the program reads with leaves it out.
     */
    default void urgent(final long position) {}

    /** The peer acknowledged bytes, or the limit grew: there is room that was not there before. */
    void writable();

    /** An active open completed. */
    void connected();

    /** The peer sent FIN: nothing follows what was published. */
    void endOfStream();

    /** Nothing more can be sent: writes fail with EPIPE. */
    void sendClosed();

    /**
     * The connection ended with an error.
     *
     * @param errno Linux number from {@link Errno}
     */
    void failed(int errno);

    /** TCP is done with the socket (state CLOSED after a close, or everything sent and acknowledged): a lingering close ends. */
    void closed();

    /** sb_hiwat of the receive side changed, for programs that ask. */
    void receiveLimit(int bytes);

    /**
     * For a listening socket: a connection is complete and waits to be accepted. Makes its endpoint and queues it.
     *
     * @return the endpoint, or null if the transport has no room: the connection is reset and counted
     */
    Endpoint incoming(Socket accepted);

    /** For the console: ids of the processes that hold the socket, separated by commas. */
    default String processes() {
        return "";
    }

    /** For the console: empty, or what is special about the socket. */
    default String note() {
        return "";
    }
}
