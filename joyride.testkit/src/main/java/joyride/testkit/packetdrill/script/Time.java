package joyride.testkit.packetdrill.script;

/**
 * When an event happens.
 *
 * @param kind how {@code from} and {@code to} are meant
 * @param from ns
 * @param to ns; the end of a range, or when a blocking call returns; else {@link #NONE}
 * @param blocking whether {@code to} is a blocking call's return
 */
public record Time(Kind kind, long from, long to, boolean blocking) {
    public static final long NONE = -1;

    /** What a time counts from. */
    public enum Kind {
        /** The script's start. */
        ABSOLUTE,
        /** The event before. */
        RELATIVE,
        /** Whenever it happens. */
        ANY
    }

    static Time of(final Kind kind, final long from) {
        return new Time(kind, from, NONE, false);
    }

    public boolean isRange() {
        return to != NONE && !blocking;
    }
}
