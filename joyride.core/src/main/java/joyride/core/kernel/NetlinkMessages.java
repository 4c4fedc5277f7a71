package joyride.core.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The netlink messages of one datagram (rtnetlink(7), linux/netlink.h), one after the other, and the attributes of each. Whatever lengths
 * a message claims, nothing is read beyond the datagram: what does not fit ends the walk.
 */
final class NetlinkMessages {
    static final int HEADER = 16;

    static final int ERROR = 2;
    static final int DONE = 3;
    static final int OVERRUN = 4;

    static final int FLAG_REQUEST = 1;
    static final int FLAG_ACK = 4;
    static final int FLAG_DUMP = 0x300;
    static final int FLAG_CREATE = 0x400;

    /** The table changed under a dump, which is to be asked for again. */
    static final int FLAG_INTERRUPTED = 0x10;

    private static final int ATTRIBUTE_HEADER = 4;
    private static final int TYPE_MASK = 0x3fff;

    private final ByteBuffer data;
    private int next;
    private int start;
    private int end;
    private int attribute;
    private int attributeEnd;

    /** @param datagram in the machine's byte order whatever the buffer says */
    NetlinkMessages(final ByteBuffer datagram) {
        data = datagram.slice().order(ByteOrder.nativeOrder());
    }

    /** Goes to the next message. @return false if there is none */
    boolean next() {
        if (data.limit() - next < HEADER) {
            return false;
        }
        final int length = data.getInt(next);
        if (length < HEADER || length > data.limit() - next) {
            next = data.limit();
            return false;
        }
        start = next;
        end = next + length;
        next = Math.min(data.limit(), start + align(length));
        return true;
    }

    int type() {
        return data.getShort(start + 4) & 0xffff;
    }

    int flags() {
        return data.getShort(start + 6) & 0xffff;
    }

    int sequence() {
        return data.getInt(start + 8);
    }

    /** Whether the part behind the header has at least {@code length} bytes. */
    boolean has(final int length) {
        return end - start - HEADER >= length;
    }

    /** Of the part behind the header. */
    int u8(final int at) {
        return data.get(start + HEADER + at) & 0xff;
    }

    /** Of the part behind the header. */
    int u16(final int at) {
        return data.getShort(start + HEADER + at) & 0xffff;
    }

    /** Of the part behind the header. */
    int i32(final int at) {
        return data.getInt(start + HEADER + at);
    }

    /** Begins with the attributes behind a body of {@code length} bytes, which the message {@link #has}. */
    void attributes(final int length) {
        attribute = -1;
        attributeEnd = start + HEADER + align(length);
    }

    /** Goes to the next attribute. @return false if there is none */
    boolean nextAttribute() {
        final int at = attributeEnd;
        if (end - at < ATTRIBUTE_HEADER) {
            return false;
        }
        final int length = data.getShort(at) & 0xffff;
        if (length < ATTRIBUTE_HEADER || length > end - at) {
            return false;
        }
        attribute = at;
        attributeEnd = at + align(length);
        return true;
    }

    int attributeType() {
        return data.getShort(attribute + 2) & TYPE_MASK;
    }

    int attributeLength() {
        return (data.getShort(attribute) & 0xffff) - ATTRIBUTE_HEADER;
    }

    /** The attribute's value as a number; 0 if it is shorter. */
    int attributeInt() {
        return attributeLength() < 4 ? 0 : data.getInt(attribute + ATTRIBUTE_HEADER);
    }

    /** A number within the attribute's value, which is long enough. */
    int attributeIntAt(final int at) {
        return data.getInt(attribute + ATTRIBUTE_HEADER + at);
    }

    byte[] attributeBytes() {
        final byte[] bytes = new byte[attributeLength()];
        data.get(attribute + ATTRIBUTE_HEADER, bytes);
        return bytes;
    }

    private static int align(final int length) {
        return length + 3 & -4;
    }
}
