package joyride.core.kernel;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.List;

/**
 * Ports that the kernel leaves out when it chooses one (net.ipv4.ip_local_reserved_ports) because they are Joyride's for active opens.
 * What is added is written down beside the service's sockets, so that a start after a crash takes it away again. Configuration threads.
 */
public final class ReservedPorts implements AutoCloseable {
    /** Where the kernel has them. */
    public static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/ip_local_reserved_ports");

    private static final System.Logger LOG = System.getLogger(ReservedPorts.class.getName());
    private static final int MOST = 65535;

    /** More than a list of all ports takes. */
    private static final int ROOM = 1 << 19;

    private final Path sysctl;
    private final Path record;
    private final BitSet added;

    private ReservedPorts(final Path sysctl, final Path record, final BitSet added) {
        this.sysctl = sysctl;
        this.record = record;
        this.added = added;
    }

    /**
     * Reserves {@code first..last}.
     *
     * @param sysctl usually {@link #SYSCTL}
     * @param record where what was added is written down; null: nowhere
     * @throws IOException if one of the two cannot be read or written
     */
    public static ReservedPorts take(final Path sysctl, final Path record, final int first, final int last)
            throws IOException {
        final BitSet present = read(sysctl);
        final BitSet added = new BitSet();
        added.set(first, last + 1);
        added.andNot(present);
        if (record != null) {
            Files.write(record, List.of(world(), text(added)));
        }
        present.or(added);
        write(sysctl, present);
        return new ReservedPorts(sysctl, record, added);
    }

    /** Takes away what a service that ended without a word has left, if it did; says so. */
    public static void cleanUp(final Path sysctl, final Path record) {
        if (record == null || !Files.exists(record)) {
            return;
        }
        try {
            final List<String> lines = Files.readAllLines(record);
            if (lines.size() == 2 && lines.get(0).equals(world())) {
                final BitSet left = parse(lines.get(1));
                remove(sysctl, left);
                LOG.log(
                        System.Logger.Level.INFO,
                        "ports {0}, reserved by a service that did not end in order, are the kernel''s again",
                        lines.get(1));
            }
            Files.delete(record);
        } catch (final IOException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "ports that an earlier service reserved stay so: {0}; take them out of {1} and remove {2}",
                    e.toString(),
                    sysctl,
                    record);
        }
    }

    /** What the ports are reserved in: another network namespace, or the time after a boot, knows nothing of it. */
    private static String world() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/ns/net")) + " "
                + Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    }

    private static void remove(final Path sysctl, final BitSet ports) throws IOException {
        final BitSet present = read(sysctl);
        present.andNot(ports);
        write(sysctl, present);
    }

    private static BitSet read(final Path sysctl) throws IOException {
        // In one call: a second one finds the kernel's list at its end, whatever the first one took.
        final ByteBuffer text = ByteBuffer.allocate(ROOM);
        with(sysctl, List.of(StandardOpenOption.READ), channel -> channel.read(text.clear()));
        return parse(new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip());
    }

    private static void write(final Path sysctl, final BitSet ports) throws IOException {
        final ByteBuffer text = ByteBuffer.wrap((text(ports) + "\n").getBytes(StandardCharsets.US_ASCII));
        with(
                sysctl,
                List.of(StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING),
                channel -> channel.write(text.rewind()));
    }

    private interface Step {
        void on(FileChannel channel) throws IOException;
    }

    /** Whoever stops the service interrupts its threads, which closes a channel: the step is done all the same, and the interrupt stays. */
    private static void with(final Path file, final List<StandardOpenOption> options, final Step step)
            throws IOException {
        boolean interrupted = false;
        try {
            for (boolean done = false; !done; ) {
                interrupted |= Thread.interrupted();
                try (FileChannel channel = FileChannel.open(file, options.toArray(StandardOpenOption[]::new))) {
                    step.on(channel);
                    done = true;
                } catch (final ClosedByInterruptException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** As the kernel writes it: {@code 8080,9148-9152}. */
    static BitSet parse(final String text) {
        final BitSet ports = new BitSet();
        for (final String item : text.split(",")) {
            if (item.isBlank()) {
                continue;
            }
            final int dash = item.indexOf('-');
            final int first = Integer.parseInt(
                    item.substring(0, dash < 0 ? item.length() : dash).strip());
            final int last =
                    dash < 0 ? first : Integer.parseInt(item.substring(dash + 1).strip());
            if (first < 0 || last > MOST || first > last) {
                throw new IllegalArgumentException("'" + item + "' is no range of ports");
            }
            ports.set(first, last + 1);
        }
        return ports;
    }

    static String text(final BitSet ports) {
        final StringBuilder text = new StringBuilder();
        for (int first = ports.nextSetBit(0); first >= 0; ) {
            final int end = ports.nextClearBit(first);
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (end - 1 > first) {
                text.append('-').append(end - 1);
            }
            first = ports.nextSetBit(end);
        }
        return text.toString();
    }

    /** Gives back what was added; what others have reserved since stays. */
    @Override
    public void close() {
        try {
            remove(sysctl, added);
            if (record != null) {
                Files.deleteIfExists(record);
            }
        } catch (final IOException | IllegalArgumentException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "ports {0} stay reserved in {1}: {2}",
                    text(added),
                    sysctl,
                    e.toString());
        }
    }
}
