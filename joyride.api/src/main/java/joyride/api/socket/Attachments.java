package joyride.api.socket;

import java.util.Arrays;
import java.util.List;

/**
 * What an {@link IpcTransport} leaves when it goes and its applications stay: everything that a successor needs to serve them on.
 * Core holds it meanwhile, and frees it if nobody takes it up. It has nothing of the transport's own classes: its books are bytes of
 * a format that it names, which refer to the lists here by index.
 *
 * <p>Between {@link IpcTransport#release} and {@link IpcTransport#adopt} nobody touches the memory but the programs.
 */
public final class Attachments {
    private final String format;
    private final byte[] books;
    private final int[] descriptors;
    private final List<Mapping> mappings;
    private final List<StackInstance> instances;
    private final List<Socket> sockets;

    /** Memory mapped into this process. @param address where it lies @param size bytes */
    public record Mapping(long address, long size) {}

    /**
     * Leaves it.
     *
     * @param format what the books are written in, with a version: a successor that does not know it refuses
     * @param books the transport's private state
     * @param descriptors open descriptors, each once
     * @param mappings memory of applications
     * @param instances the applications' stack instances, also ended ones whose programs have not all gone
     * @param sockets every socket whose {@link Endpoint} the successor will be
     */
    public Attachments(
            final String format,
            final byte[] books,
            final int[] descriptors,
            final List<Mapping> mappings,
            final List<StackInstance> instances,
            final List<Socket> sockets) {
        this.format = format;
        this.books = books.clone();
        this.descriptors = descriptors.clone();
        this.mappings = List.copyOf(mappings);
        this.instances = List.copyOf(instances);
        this.sockets = List.copyOf(sockets);
    }

    /** What the books are written in. */
    public String format() {
        return format;
    }

    /** A copy of the books. */
    public byte[] books() {
        return books.clone();
    }

    /** A copy of the list of open descriptors. */
    public int[] descriptors() {
        return descriptors.clone();
    }

    /** Whether {@code descriptor} is one of these. */
    public boolean hasDescriptor(final int descriptor) {
        return Arrays.stream(descriptors).anyMatch(one -> one == descriptor);
    }

    /** Memory of applications. */
    public List<Mapping> mappings() {
        return mappings;
    }

    /** The applications. */
    public List<StackInstance> instances() {
        return instances;
    }

    /** Their sockets. */
    public List<Socket> sockets() {
        return sockets;
    }
}
