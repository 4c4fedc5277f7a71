package joyride.ipc.shm;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import joyride.api.socket.Attachments;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;

/**
 * Writes the books that a transport leaves to its successor: plain numbers, in the order in which {@link BooksReader} reads them
 * back, and what core must know beside them.
 */
final class BooksWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 16);
    private final DataOutputStream out = new DataOutputStream(bytes);
    private final List<Integer> descriptors = new ArrayList<>();
    private final List<Attachments.Mapping> mappings = new ArrayList<>();
    private final List<StackInstance> instances = new ArrayList<>();
    private final List<Socket> sockets = new ArrayList<>();

    BooksWriter number(final int value) {
        try {
            out.writeInt(value);
            return this;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    BooksWriter number(final long value) {
        try {
            out.writeLong(value);
            return this;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    BooksWriter flag(final boolean value) {
        return number(value ? 1 : 0);
    }

    /** The first {@code count} of {@code values}, with their count. */
    BooksWriter numbers(final int[] values, final int count) {
        number(count);
        for (int i = 0; i < count; i++) {
            number(values[i]);
        }
        return this;
    }

    /** A text, or null. */
    BooksWriter text(final String value) {
        flag(value != null);
        try {
            if (value != null) {
                out.writeUTF(value);
            }
            return this;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A descriptor that passes on. */
    BooksWriter descriptor(final int fd) {
        descriptors.add(fd);
        return number(fd);
    }

    BooksWriter mapping(final long address, final long size) {
        number(mappings.size());
        mappings.add(new Attachments.Mapping(address, size));
        return this;
    }

    BooksWriter instance(final StackInstance instance) {
        number(instances.size());
        instances.add(instance);
        return this;
    }

    /** A socket whose endpoint the successor will be; null: none. */
    BooksWriter socket(final Socket socket) {
        number(socket == null ? -1 : sockets.size());
        if (socket != null) {
            sockets.add(socket);
        }
        return this;
    }

    /** All that was written. */
    Attachments finish(final String format) {
        final int[] open = descriptors.stream().mapToInt(Integer::intValue).toArray();
        return new Attachments(format, bytes.toByteArray(), open, mappings, instances, sockets);
    }
}
