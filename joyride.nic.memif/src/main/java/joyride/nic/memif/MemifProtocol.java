package joyride.nic.memif;

import java.nio.charset.StandardCharsets;
import joyride.api.memory.Memory;

/**
 * memif 2.0 as on the wire: messages of 128 bytes over a SOCK_SEQPACKET socket, and the rings in shared memory. All numbers are in the machine's byte order,
 * structures are packed.
 */
final class MemifProtocol {
    /** Bytes of a message: a type and what belongs to it. */
    static final int MESSAGE = 128;

    static final int ACK = 1;
    static final int HELLO = 2;
    static final int INIT = 3;
    static final int ADD_REGION = 4;
    static final int ADD_RING = 5;
    static final int CONNECT = 6;
    static final int CONNECTED = 7;
    static final int DISCONNECT = 8;

    /** Where what belongs to the type begins. */
    static final int BODY = 2;

    static final int VERSION = 2 << 8;
    static final int NAME = 32;
    static final int SECRET = 24;
    static final int REASON = 96;
    static final int ETHERNET = 0;

    /** Flag of ADD_RING: what is sent by the client. */
    static final int CLIENT_TO_SERVER = 1;

    static final int COOKIE = 0x3e31f20;
    static final int RING_FLAGS = 4;
    static final int RING_HEAD = 6;
    static final int RING_TAIL = 64;
    static final int RING_DESCRIPTORS = 128;

    /** Flag of a ring: whoever takes from it looks by itself and wants no interrupt. */
    static final int MASK_INTERRUPT = 1;

    static final int DESCRIPTOR = 16;
    static final int DESCRIPTOR_REGION = 2;
    static final int DESCRIPTOR_LENGTH = 4;
    static final int DESCRIPTOR_OFFSET = 8;
    static final int DESCRIPTOR_METADATA = 12;

    /** Flag of a descriptor: the frame goes on in the next one. */
    static final int NEXT = 1;

    static final int MOST_LOG2_RING = 14;

    /**
     * Where the greeting and its answer say what memif does not know, behind all that they have there: {@link #EXTENSION_MAGIC}, what the end can, and in the
     * answer the bytes of a buffer. Others leave 0 there, and do not look.
     */
    static final int EXTENSION = 96;

    /** "joyride1" in network order. */
    static final long EXTENSION_MAGIC = 0x6a6f_7972_6964_6531L;

    static final int EXTENSION_FEATURES = EXTENSION + 8;
    static final int EXTENSION_BUFFER = EXTENSION + 12;

    /** Of what an end can: to take frames that a descriptor's metadata describes. */
    static final int OFFLOAD = 1;

    /** Of a frame's metadata: the bytes of payload of each segment that it stands for. */
    static final int SEGMENT_SIZE = 0xffff;

    /** The transport's checksum field holds the folded sum of the pseudo-header alone: nothing on the way could have changed a byte. */
    static final int NO_CHECKSUM = 1 << 16;

    /** The frame is a unit: one TCP segment in the place of several. */
    static final int UNIT = 1 << 17;

    private MemifProtocol() {}

    static int ringBytes(final int size) {
        return RING_DESCRIPTORS + size * DESCRIPTOR;
    }

    /** Writes text into a field of {@code room} bytes, the last of which stays 0. */
    static void putText(final long at, final String text, final int room) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Memory.zero(at, room);
        Memory.copyIn(bytes, 0, at, Math.min(bytes.length, room - 1));
    }

    /** What {@link #putText} wrote. */
    static String text(final long at, final int room) {
        final byte[] bytes = new byte[room];
        Memory.copyOut(at, bytes, 0, room);
        int length = 0;
        while (length < room && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
    }
}
