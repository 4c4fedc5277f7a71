package joyride.nic.dpdk;

import java.util.ArrayList;
import java.util.List;

/**
 * Pools whose port is closed while others hold frames of theirs: they are freed when all are back. Their names stand in a system property, so
 * that a later bundle goes on with them. The caller holds {@link Eal#lock}.
 */
final class Lingering {
    private static final String NAMES = "joyride.nic.dpdk.lingering";

    private Lingering() {}

    static void add(final Mempool pool) {
        final List<String> names = names();
        names.add(pool.name());
        save(names);
    }

    /** Frees those whose frames are back. @return how many are left */
    static int sweep() {
        final List<String> left = new ArrayList<>();
        for (final String name : names()) {
            final Mempool pool = Mempool.find(name);
            if (pool != null && pool.inUse() == 0) {
                pool.free();
            } else if (pool != null) {
                left.add(name);
            }
        }
        save(left);
        return left.size();
    }

    private static List<String> names() {
        final String text = System.getProperty(NAMES, "");
        return new ArrayList<>(text.isEmpty() ? List.of() : List.of(text.split(",")));
    }

    private static void save(final List<String> names) {
        System.setProperty(NAMES, String.join(",", names));
    }
}
