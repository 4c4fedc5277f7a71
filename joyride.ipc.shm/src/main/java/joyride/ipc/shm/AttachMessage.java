package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import joyride.api.memory.Memory;

/** One message of the attach socket ({@code struct jr_message}) in memory of its own, to be received or sent. */
final class AttachMessage {
    private static final int TEXT_ROOM = MESSAGE_SIZEOF - MESSAGE_TEXT;

    final long at;

    AttachMessage(final Arena arena) {
        at = arena.allocate(MESSAGE_SIZEOF, 8).address();
    }

    void clear() {
        Memory.zero(at, MESSAGE_SIZEOF);
    }

    /** Begins a message to send. */
    AttachMessage begin(final int type) {
        clear();
        Memory.putInt(at + MESSAGE_MAGIC, JR_HELLO_MAGIC);
        Memory.putInt(at + MESSAGE_ABI_VERSION, JR_ABI_VERSION);
        Memory.putInt(at + MESSAGE_TYPE, type);
        return this;
    }

    AttachMessage status(final int status) {
        Memory.putInt(at + MESSAGE_STATUS, status);
        return this;
    }

    AttachMessage value(final long value) {
        Memory.putLong(at + MESSAGE_VALUE, value);
        return this;
    }

    AttachMessage process(final int process) {
        Memory.putInt(at + MESSAGE_PROCESS, process);
        return this;
    }

    AttachMessage text(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Memory.copyIn(bytes, 0, at + MESSAGE_TEXT, Math.min(bytes.length, TEXT_ROOM - 1));
        return this;
    }

    int magic() {
        return Memory.getInt(at + MESSAGE_MAGIC);
    }

    int version() {
        return Memory.getInt(at + MESSAGE_ABI_VERSION);
    }

    int type() {
        return Memory.getInt(at + MESSAGE_TYPE);
    }

    int status() {
        return Memory.getInt(at + MESSAGE_STATUS);
    }

    long value() {
        return Memory.getLong(at + MESSAGE_VALUE);
    }

    int process() {
        return Memory.getInt(at + MESSAGE_PROCESS);
    }

    String text() {
        final byte[] bytes = new byte[TEXT_ROOM];
        Memory.copyOut(at + MESSAGE_TEXT, bytes, 0, TEXT_ROOM);
        int length = 0;
        while (length < TEXT_ROOM && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
