package joyride.ipc.shm;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import joyride.api.socket.Attachments;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;

/** Reads what {@link BooksWriter} wrote. What does not fit is refused before anything is changed. */
final class BooksReader {
    private final Attachments left;
    private final ByteArrayInputStream bytes;
    private final DataInputStream in;
    private final int length;

    BooksReader(final Attachments left) {
        this.left = left;
        final byte[] books = left.books();
        length = books.length;
        bytes = new ByteArrayInputStream(books);
        in = new DataInputStream(bytes);
    }

    private IllegalStateException damaged(final String what) {
        return new IllegalStateException("the books of the transport before it are damaged at byte "
                + (length - bytes.available()) + ": " + what);
    }

    int number() {
        try {
            return in.readInt();
        } catch (final IOException e) {
            throw damaged("they end early");
        }
    }

    long longNumber() {
        try {
            return in.readLong();
        } catch (final IOException e) {
            throw damaged("they end early");
        }
    }

    /** A number from {@code least} to {@code most}. */
    int number(final int least, final int most) {
        final int value = number();
        if (value < least || value > most) {
            throw damaged(value + " is not in " + least + ".." + most);
        }
        return value;
    }

    boolean flag() {
        return number(0, 1) != 0;
    }

    /** As many numbers as were written, at most {@code most}. */
    int[] numbers(final int most) {
        final int[] values = new int[number(0, most)];
        for (int i = 0; i < values.length; i++) {
            values[i] = number();
        }
        return values;
    }

    String text() {
        try {
            return flag() ? in.readUTF() : null;
        } catch (final IOException e) {
            throw damaged("a text is cut");
        }
    }

    int descriptor() {
        final int fd = number();
        if (!left.hasDescriptor(fd)) {
            throw damaged("descriptor " + fd + " was not left");
        }
        return fd;
    }

    Attachments.Mapping mapping() {
        return left.mappings().get(number(0, left.mappings().size() - 1));
    }

    StackInstance instance() {
        return left.instances().get(number(0, left.instances().size() - 1));
    }

    Socket socket() {
        final int index = number(-1, left.sockets().size() - 1);
        return index < 0 ? null : left.sockets().get(index);
    }

    /** Nothing may be left over. */
    void end() {
        if (bytes.available() > 0) {
            throw damaged(bytes.available() + " bytes are left over");
        }
    }
}
