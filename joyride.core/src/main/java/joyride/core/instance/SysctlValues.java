package joyride.core.instance;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** An instance's sysctl values, or the defaults for new instances. Read and set on the engine's thread. */
public final class SysctlValues {
    private final SysctlTable table;
    private long[] values;

    /** All at their standard values. */
    public SysctlValues(final SysctlTable table) {
        this.table = table;
        this.values = new long[0];
        grow();
    }

    /** A copy of {@code other} as it is now. */
    public SysctlValues(final SysctlValues other) {
        this.table = other.table;
        this.values = other.values.clone();
        grow();
    }

    /** The value at an index from {@link SysctlTable#define}. */
    public long get(final int index) {
        if (index >= values.length) {
            grow();
        }
        return values[index];
    }

    /** {@link #get} narrowed. */
    public int getInt(final int index) {
        return (int) get(index);
    }

    public boolean isSet(final int index) {
        return get(index) != 0;
    }

    /**
     * Sets the value called {@code name}.
     *
     * @throws IllegalArgumentException with one line that names the value and what is allowed
     */
    public void set(final String name, final String text) {
        final SysctlTable.Sysctl sysctl = table.find(name);
        if (sysctl == null) {
            throw new IllegalArgumentException("there is no sysctl '" + name + "'; joyride:sysctl lists them");
        }
        final long value;
        try {
            value = Long.parseLong(text.strip());
        } catch (final NumberFormatException e) {
            throw new IllegalArgumentException(
                    name + ": '" + text + "' is not a whole number; allowed is " + range(sysctl), e);
        }
        if (value < sysctl.least() || value > sysctl.most()) {
            throw new IllegalArgumentException(name + ": " + value + " is not allowed; allowed is " + range(sysctl));
        }
        get(sysctl.index());
        values[sysctl.index()] = value;
    }

    private static String range(final SysctlTable.Sysctl sysctl) {
        return sysctl.least() + ".." + sysctl.most() + ", standard " + sysctl.standard();
    }

    /** All by name. */
    public Map<String, String> all() {
        final Map<String, String> all = new TreeMap<>();
        for (final SysctlTable.Sysctl sysctl : table.all()) {
            all.put(sysctl.name(), Long.toString(get(sysctl.index())));
        }
        return all;
    }

    private void grow() {
        final int known = values.length;
        final var all = table.all();
        values = Arrays.copyOf(values, all.size());
        for (int i = known; i < values.length; i++) {
            values[i] = all.get(i).standard();
        }
    }
}
