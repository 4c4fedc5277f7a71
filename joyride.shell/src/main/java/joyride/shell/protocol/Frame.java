package joyride.shell.protocol;

import java.nio.charset.StandardCharsets;

/**
 * One message between client and server: a type, and bytes. On the socket: the type's code (1 byte), the length (4 bytes,
 * big-endian, at most {@link #MAX_LENGTH}), the bytes. Text is UTF-8.
 */
public record Frame(Type type, byte[] bytes) {
    /** Raised with any change that an older peer would not understand. */
    public static final int VERSION = 1;

    public static final int MAX_LENGTH = 1 << 20;

    /** Who sends what. A client sends HELLO first, then commands; each command ends with one STATUS. */
    public enum Type {
        /** Both: {@code VERSION} from the server; {@code VERSION WIDTH} from the client, width 0 meaning no terminal. */
        HELLO('H'),
        /** Client: a command line. */
        COMMAND('C'),
        /** Client: end the running command. */
        INTERRUPT('X'),
        /** Client: {@code CURSOR LINE}. Server: the answer, one candidate a line, its description after a tab. */
        COMPLETE('T'),
        /** Server: standard output. */
        OUTPUT('O'),
        /** Server: standard error. */
        ERROR('E'),
        /** Server: the command's exit status, as decimal text. */
        STATUS('S'),
        /** Server: why it will not serve this client; the connection ends. */
        REFUSED('R');

        private final byte code;

        Type(final char code) {
            this.code = (byte) code;
        }

        byte code() {
            return code;
        }

        /** Returns null for a code that no type has. */
        static Type of(final byte code) {
            for (Type type : values()) {
                if (type.code == code) {
                    return type;
                }
            }
            return null;
        }
    }

    public static Frame of(final Type type, final String text) {
        return new Frame(type, text.getBytes(StandardCharsets.UTF_8));
    }

    public String text() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
