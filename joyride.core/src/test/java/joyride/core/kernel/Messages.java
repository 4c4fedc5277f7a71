package joyride.core.kernel;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import joyride.api.net.IpAddress;

/** rtnetlink messages made by hand, as linux/rtnetlink.h has them: by code of its own, nothing of what is tested. */
final class Messages {
    private final ByteArrayOutputStream all = new ByteArrayOutputStream();
    private ByteArrayOutputStream body;
    private int type;
    private int flags;

    private static ByteBuffer room(final int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    private Messages begin(final int messageType, final ByteBuffer fixed) {
        end();
        type = messageType;
        body = new ByteArrayOutputStream();
        body.writeBytes(fixed.array());
        flags = 0;
        return this;
    }

    /** The message is about IPv6. */
    Messages six() {
        final byte[] bytes = body.toByteArray();
        bytes[0] = 10;
        body.reset();
        body.writeBytes(bytes);
        return this;
    }

    /** A field of an address's header. */
    Messages addressFlags(final int bits) {
        final byte[] bytes = body.toByteArray();
        bytes[2] = (byte) bits;
        body.reset();
        body.writeBytes(bytes);
        return this;
    }

    Messages flags(final int bits) {
        flags = bits;
        return this;
    }

    Messages link(final int messageType, final int index, final int linkFlags) {
        return begin(messageType, room(16).putInt(4, index).putInt(8, linkFlags));
    }

    Messages address(final int messageType, final int index, final int length) {
        return begin(messageType, room(8).put(0, (byte) 2).put(1, (byte) length).putInt(4, index));
    }

    Messages route(final int messageType, final int length, final int table, final int kind) {
        return begin(
                messageType,
                room(12).put(0, (byte) 2)
                        .put(1, (byte) length)
                        .put(4, (byte) table)
                        .put(7, (byte) kind));
    }

    Messages neighbour(final int messageType, final int index, final int state) {
        return begin(messageType, room(12).put(0, (byte) 2).putInt(4, index).putShort(8, (short) state));
    }

    Messages done(final int sequence) {
        return begin(3, room(4).putInt(sequence));
    }

    Messages attribute(final int attribute, final byte[] value) {
        body.writeBytes(room(4).putShort((short) (4 + value.length))
                .putShort((short) attribute)
                .array());
        body.writeBytes(value);
        body.writeBytes(new byte[-value.length & 3]);
        return this;
    }

    Messages attribute(final int attribute, final int value) {
        return attribute(attribute, room(4).putInt(value).array());
    }

    Messages attribute(final int attribute, final String ip) {
        final IpAddress address = IpAddress.parse(ip);
        return attribute(
                attribute,
                address.isV4()
                        ? ByteBuffer.allocate(4).putInt(address.v4Bits()).array()
                        : ByteBuffer.allocate(16)
                                .putLong(address.high())
                                .putLong(address.low())
                                .array());
    }

    Messages name(final int attribute, final String text) {
        return attribute(attribute, (text + "\0").getBytes(StandardCharsets.UTF_8));
    }

    private void end() {
        if (body != null) {
            all.writeBytes(room(16).putInt(16 + body.size())
                    .putShort((short) type)
                    .putShort((short) flags)
                    .putInt(1)
                    .putInt(0)
                    .array());
            all.writeBytes(body.toByteArray());
            all.writeBytes(new byte[-body.size() & 3]);
            body = null;
        }
    }

    byte[] bytes() {
        end();
        return all.toByteArray();
    }

    NetlinkMessages read() {
        return new NetlinkMessages(ByteBuffer.wrap(bytes()));
    }
}
