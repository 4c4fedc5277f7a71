package joyride.nic.dpdk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import joyride.api.nic.NicException;

/**
 * DPDK's shared libraries, opened for the life of the process: its threads and drivers run in them, whatever becomes of this bundle. A later
 * bundle opens the same ones again, which finds them where they are.
 */
@SuppressWarnings("restricted")
final class Libraries implements SymbolLookup {
    private static final List<String> NAMES = List.of("eal", "ring", "mempool", "mbuf", "ethdev");
    /** The system's, less what ld.so is told besides. */
    private static final List<Path> PLACES = Stream.of("/usr", "/usr/local")
            .flatMap(root -> Stream.of("lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu")
                    .map(lib -> Path.of(root, lib)))
            .toList();

    private static Libraries opened;

    private final Release release;
    private final String version;
    private final List<SymbolLookup> lookups;

    private Libraries(final Release release, final List<SymbolLookup> lookups) throws NicException {
        this.release = release;
        this.lookups = lookups;
        version = version(lookups);
        if (!release.matches(version)) {
            throw new NicException("librte_eal.so." + release.soname() + " says it is '" + version + "', not "
                    + release.version() + "; install one of DPDK " + Release.known());
        }
    }

    /**
     * Opens them, or finds them open.
     *
     * @param directory to look in, or null for the system's places
     * @throws NicException if there are none, or none of a known release
     */
    static synchronized Libraries open(final Path directory) throws NicException {
        if (opened == null) {
            opened = find(directory);
        }
        return opened;
    }

    /** The ones that are open. {@link #open} has succeeded before. */
    static synchronized Libraries opened() {
        if (opened == null) {
            throw new IllegalStateException("DPDK's libraries are not open");
        }
        return opened;
    }

    static Libraries find(final Path directory) throws NicException {
        for (final Release release : Release.values()) {
            if (lookup(directory, "eal", release).isPresent()) {
                final List<SymbolLookup> lookups = new ArrayList<>();
                for (final String name : NAMES) {
                    lookups.add(
                            lookup(directory, name, release)
                                    .orElseThrow(
                                            () -> new NicException(
                                                    file(directory, name, release)
                                                            + " is missing beside librte_eal; install DPDK's libraries as a whole; on Debian: apt-get install librte-meta-all")));
                }
                return new Libraries(release, lookups);
            }
        }
        throw new NicException("no DPDK " + Release.known() + " found: none of librte_eal.so.{25,24,23}"
                + (directory == null ? "" : " in " + directory)
                + others(directory == null ? PLACES : List.of(directory))
                + "; on Debian: apt-get install librte-meta-all, or set library.path in etc/joyride.nic.dpdk.cfg");
    }

    /** What librte_eal there is of a release that is not known. */
    private static String others(final List<Path> places) {
        final Set<String> others = new TreeSet<>();
        for (final Path place : places) {
            try (Stream<Path> files = Files.list(place)) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.matches("librte_eal\\.so\\.\\d+"))
                        .filter(name -> Stream.of(Release.values())
                                .noneMatch(release -> name.equals("librte_eal.so." + release.soname())))
                        .forEach(others::add);
            } catch (final IOException e) {
                // There is nothing then.
            }
        }
        return others.isEmpty()
                ? ""
                : ", but " + String.join(", ", others)
                        + ", of a release that this driver does not know; get one that it knows";
    }

    private static Optional<SymbolLookup> lookup(final Path directory, final String name, final Release release) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(file(directory, name, release), Arena.global()));
        } catch (final IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String file(final Path directory, final String name, final Release release) {
        final String file = "librte_" + name + ".so." + release.soname();
        return directory == null ? file : directory.resolve(file).toString();
    }

    private static String version(final List<SymbolLookup> lookups) throws NicException {
        final Optional<MemorySegment> symbol = lookups.getFirst().find("rte_version");
        if (symbol.isEmpty()) {
            throw new NicException("librte_eal has no rte_version; install one of DPDK " + Release.known());
        }
        try {
            final MemorySegment text = (MemorySegment) Linker.nativeLinker()
                    .downcallHandle(symbol.get(), FunctionDescriptor.of(ValueLayout.ADDRESS))
                    .invokeExact();
            return text.reinterpret(64).getString(0);
        } catch (final Throwable e) {
            throw new NicException("rte_version failed: " + e, e);
        }
    }

    Release release() {
        return release;
    }

    /** As the library says it: {@code DPDK 22.11.11}. */
    String version() {
        return version;
    }

    /** A thread-local symbol's address is that of the calling thread. */
    @Override
    public Optional<MemorySegment> find(final String symbol) {
        for (final SymbolLookup lookup : lookups) {
            final Optional<MemorySegment> found = lookup.find(symbol);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** The address of a symbol that every release has. */
    long address(final String symbol) {
        return find(symbol)
                .orElseThrow(() -> new IllegalStateException(version + " has no symbol " + symbol))
                .address();
    }
}
