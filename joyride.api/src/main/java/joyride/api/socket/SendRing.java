package joyride.api.socket;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * The bytes that a program wrote and the peer has not acknowledged. Positions count bytes from 0 and never wrap. Used on
 * the instance's event loop.
 */
@ConsumerType
public interface SendRing {
    /**
     * Everything before this was written by the program. Checked: monotonic, not beyond {@link #released} plus the limit,
     * memory behind every byte; a program that breaks this ends its instance and the last good value is returned.
     */
    long produced();

    /** Everything before this was given back by {@link #release}. */
    long released();

    /**
     * Where byte {@code position} lies, for {@link #contiguous} bytes on; {@code released() <= position < produced()}.
     * What the memory holds may change while it is read: it is read once for each transmission.
     */
    long address(long position);

    /** How many bytes from {@code position} on lie in one piece, up to {@code limit}. */
    int contiguous(long position, int limit);

    /** The peer acknowledged everything before {@code position}: the memory is free for the program again. */
    void release(long position);

    /** Sets how many bytes the program may be ahead of {@link #released}: sb_hiwat. */
    void limit(int bytes);

    /** The limit set last. */
    int limit();
}
