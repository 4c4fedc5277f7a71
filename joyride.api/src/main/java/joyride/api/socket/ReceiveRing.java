package joyride.api.socket;

import joyride.api.memory.ReadsAhead;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * The bytes that a program has yet to read: memory of the instance, written by TCP in place by stream position, so that
 * out-of-order data needs no second copy. Positions count bytes from 0 and never wrap. Used on the instance's event loop.
 */
@ConsumerType
public interface ReceiveRing extends ReadsAhead {
    /**
     * Makes sure that memory stands behind {@code [position, position + length)}, so that a window may be advertised up to
     * there. Memory once reserved stays until consumed.
     *
     * @return the position up to which memory stands, at most {@code position + length}
     */
    long reserve(long position, int length);

    /** Copies bytes to reserved memory at {@code position}, not below {@link #produced}; they are not yet visible. */
    void write(long position, long address, int length);

    /** Makes everything before {@code position} visible to the reader. */
    void publish(long position);

    /** Everything before this was published. */
    long produced();

    /**
     * Everything before this was read. What the program wrote is checked: monotonic and not beyond {@link #produced}; a
     * program that breaks this ends its instance and the last good value is returned.
     */
    long consumed();

    /** Reads published or reserved bytes back, for urgent data and tests. */
    void read(long position, long address, int length);
}
