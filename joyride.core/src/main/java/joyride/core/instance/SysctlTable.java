package joyride.core.instance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The sysctl values that an engine's instances have: FreeBSD's names, ranges, defaults. Protocols define theirs while the
 * engine is built, keep the index, and read {@link SysctlValues#get} on the data path.
 */
public final class SysctlTable {
    /** One value: all are 64-bit integers; times in FreeBSD's unit for that name. */
    public record Sysctl(int index, String name, long standard, long least, long most, String description) {}

    private final List<Sysctl> list = new ArrayList<>();
    private final Map<String, Sysctl> byName = new LinkedHashMap<>();

    /** Defines a value, or returns the index of the one that has this name. */
    public synchronized int define(
            final String name, final long standard, final long least, final long most, final String description) {
        final Sysctl known = byName.get(name);
        if (known != null) {
            return known.index();
        }
        final Sysctl sysctl = new Sysctl(list.size(), name, standard, least, most, description);
        list.add(sysctl);
        byName.put(name, sysctl);
        return sysctl.index();
    }

    /** @return null if there is none of this name */
    public synchronized Sysctl find(final String name) {
        return byName.get(name);
    }

    public synchronized List<Sysctl> all() {
        return List.copyOf(list);
    }
}
