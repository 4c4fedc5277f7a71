package joyride.core.counters;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;

/**
 * Hands out described blocks of counters. In service they lie in one mapped file (see {@code CounterFile}), so that they
 * can be read from outside even when the service hangs; engines of tests and warm-ups have memory of their own.
 *
 * <p>Blocks are made and released on control paths of any thread; each block is then written by one event loop.
 */
public class CounterStore implements AutoCloseable {
    /** What a block's slots are called. Both arrays have an entry for each slot. */
    public record Description(String[] names, String[] descriptions) {
        public Description {
            if (names.length != descriptions.length) {
                throw new IllegalArgumentException(names.length + " names, " + descriptions.length + " descriptions");
            }
        }

        /** From pairs of name and description. */
        public static Description of(final String... pairs) {
            final String[] names = new String[pairs.length / 2];
            final String[] descriptions = new String[pairs.length / 2];
            for (int i = 0; i < names.length; i++) {
                names[i] = pairs[2 * i];
                descriptions[i] = pairs[2 * i + 1];
            }
            return new Description(names, descriptions);
        }

        /** A slot for each {@link DropReason}, in order. */
        public static Description drops() {
            final DropReason[] reasons = DropReason.values();
            final String[] names = new String[reasons.length];
            final String[] descriptions = new String[reasons.length];
            for (int i = 0; i < reasons.length; i++) {
                names[i] = "drop." + reasons[i].name().toLowerCase(java.util.Locale.ROOT);
                descriptions[i] = reasons[i].description();
            }
            return new Description(names, descriptions);
        }
    }

    /** A block with its name and description. */
    public record Group(String name, Description description, CounterBlock block) {}

    private final Arena arena = Arena.ofShared();
    private final List<Group> groups = new ArrayList<>();

    /**
     * Makes a block of zeroed counters.
     *
     * @param group name shown in front of the counters' names: {@code tcp}, {@code ip}, an interface's name…
     */
    public final synchronized CounterBlock block(final String group, final Description description) {
        final CounterBlock block = allocate(group, description);
        groups.add(new Group(group, description, block));
        return block;
    }

    /** Gives a block back: its owner writes it no more. */
    public final synchronized void release(final CounterBlock block) {
        groups.removeIf(group -> group.block() == block);
        free(block);
    }

    /** The groups there are now. */
    public final synchronized List<Group> groups() {
        return List.copyOf(groups);
    }

    /** All counters by group and name; groups of the same name are added up. */
    public final Map<String, Map<String, Long>> snapshot() {
        final Map<String, Map<String, Long>> all = new TreeMap<>();
        for (final Group group : groups()) {
            final Map<String, Long> values = all.computeIfAbsent(group.name(), name -> new TreeMap<>());
            final String[] names = group.description().names();
            for (int slot = 0; slot < names.length; slot++) {
                values.merge(names[slot], group.block().get(slot), Long::sum);
            }
        }
        return all;
    }

    CounterBlock allocate(final String group, final Description description) {
        final int slots = description.names().length;
        return new CounterBlock(arena.allocate(Math.max(8L * slots, 64), 64).address(), slots);
    }

    void free(final CounterBlock block) {}

    @Override
    public void close() {
        arena.close();
    }
}
