package joyride.nic.memif;

/**
 * What two ends have agreed on: a ring for each direction. Its memory is {@link Handshake}'s; in between one loop uses it.
 *
 * @param event what tells this end of frames
 * @param peer what it calls itself
 */
record MemifLink(Regions regions, Receiver receiver, Transmitter transmitter, int event, String peer) {
    /** What the peer did to the link's memory that cannot be, for people; null: nothing. */
    String violation() {
        final String received = receiver.violation();
        return received == null ? transmitter.violation() : received;
    }
}
