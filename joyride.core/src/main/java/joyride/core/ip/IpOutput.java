package joyride.core.ip;

import joyride.api.memory.ReadsAhead;
import joyride.api.socket.SendRing;

/**
 * The way down for transport protocols. On the event loop; allocates nothing but in {@link #path}.
 *
 * <p>A packet is made in one place: {@link #allocate} gives room for the transport header and payload, behind headroom for
 * what comes below; the protocol writes them and calls {@link #send} before it allocates again.
 */
public interface IpOutput {
    /**
     * Resolves a destination. {@code ::} as source means: choose by route (RFC 6724, RFC 1122).
     *
     * @return null if there is no route (the caller says ENETUNREACH), or the source is not ours (EADDRNOTAVAIL)
     */
    Path path(long sourceHigh, long sourceLow, long destinationHigh, long destinationLow);

    /** Resolves {@code path} again if routes changed. @return whether there is a way out now */
    boolean refresh(Path path);

    /** Whether {@code path} was made from routes and addresses as they are now. */
    boolean fresh(Path path);

    /** Room for {@code length} bytes of transport header and payload; 0 if there is none: counted, the caller tries again later. */
    long allocate(Path path, int length);

    /** Whether the way out has a port, or needs none: if not, {@link #allocate} gives nothing until it has. */
    boolean hasPort(Path path);

    /** Whether whoever had nothing from {@link #allocate} for {@code path}, or less than it wanted, shall try again. */
    boolean hasRoom(Path path);

    /**
     * Sends what was written at {@code transport} (from {@link #allocate}).
     *
     * @param length of transport header and payload; more than the MTU is fragmented unless {@code dontFragment}
     * @param tos type of service or traffic class with ECN bits
     * @param ttl hop limit
     * @param offloads what the NIC is to do, of {@link Path#offloads}
     */
    void send(
            Path path, long transport, int length, int protocol, int tos, int ttl, boolean dontFragment, int offloads);

    /**
     * On a loopback path: sends a header written at {@code transport}, with payload that stays in {@code ring}. The peer
     * copies it from there before this loop does anything else for the sender.
     *
     * @param peer what the transport protocol finds again in {@link Packet#peer}; may be null
     */
    void sendFrom(
            Path path,
            long transport,
            int headerLength,
            SendRing ring,
            long position,
            int length,
            int protocol,
            int tos,
            int ttl,
            ReadsAhead peer);

    /**
     * Writes complete headers of a packet that is not fragmented before {@code transport}, in memory of the caller's, who copies them into frames from
     * {@link #allocate} that {@link #sendComplete} sends.
     *
     * @param transport where a TCP header lies; 128 bytes before it are the caller's too
     * @param length bytes from there to the end of the packet, no more than the path takes whole
     * @return where they begin; 0: packets to this destination have to wait now
     */
    long writeHeaders(Path path, long transport, int length, int tos, int ttl);

    /** Sends an allocated packet with all its headers in place. @param length bytes from the transport header on */
    void sendComplete(Path path, int length, int offloads);

    /** Whether units of several TCP segments may go to the port of this path whole now. */
    boolean takesUnits(Path path);

    /** Bytes that each frame but the first of such a unit takes, as {@link #extend} gives them. */
    int unitFrame(Path path);

    /** The most frames of such a unit. */
    int unitFrames(Path path);

    /** Another frame for {@code length} bytes that follow what was allocated; 0: there is none now, what was allocated stays. */
    long extend(Path path, int length);

    /** Takes bytes off the end of what was allocated, as far as they lie behind the first frame. @return how many are left to take off that; -1: nothing is in hand any more */
    int trim(Path path, int bytes);

    /**
     * Sends a unit whose headers were written at {@code transport} (from {@link #allocate}), and whose payload goes on in the frames from {@link #extend}.
     *
     * @param first bytes in the first frame, from the transport header on
     * @param length bytes of all frames, from the transport header on
     * @param size payload bytes of each segment
     * @param segments that the port cuts it into
     */
    void sendUnit(
            Path path,
            long transport,
            int first,
            int length,
            int tos,
            int ttl,
            boolean dontFragment,
            int size,
            int segments);

    /** Counts a unit that was cut into {@code segments} packets that went out. */
    void cut(Path path, int segments);

    /** Gives back what was allocated, unsent. */
    void cancel(Path path, long transport);

    /** Answers {@code packet} with "port unreachable", if the rules and the rate limit allow. */
    void portUnreachable(Packet packet);

    /** Whether the address is one of ours. */
    boolean isLocal(long high, long low);
}
