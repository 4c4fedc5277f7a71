package joyride.api.memory;

/**
 * What lies in many lines of memory, which of many like it no cache may hold. Before a row of them is worked on, one after the other, all are asked to
 * read ahead: loads that do not wait for each other overlap on their way to memory, where each would be waited for at its use. On the event loop.
 */
public interface ReadsAhead {
    /**
     * Reads a word of each line that step {@code step} is for, and changes nothing. All of a row are asked for a step before the first is asked for the next,
     * since what a step reads tells where the lines of the next one are.
     *
     * @param step 0, 1, …; one that it does not have reads nothing
     * @return depends on every word that was read, so that the compiler keeps the loads, and means nothing
     */
    default int readAhead(final int step) {
        return 0;
    }
}
