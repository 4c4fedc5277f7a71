package joyride.api.tcp;

/** The arrays of a {@link SendMap}, for so many entries; between their uses in no map. */
public final class SendMapRoom {
    /** Where they come from, and go when nothing is outstanding: most connections have none at a time. On the connection's loop. */
    public interface Shelf {
        /** Room for so many entries, a power of two. */
        SendMapRoom take(int entries);

        /** It is not used any more. */
        void giveBack(SendMapRoom room);
    }

    /** New ones each time. */
    static final Shelf NEW = new Shelf() {
        @Override
        public SendMapRoom take(final int entries) {
            return new SendMapRoom(entries);
        }

        @Override
        public void giveBack(final SendMapRoom room) {
            // for the collector
        }
    };

    /** Of no entries. */
    static final SendMapRoom NONE = new SendMapRoom(0);

    final int[] start;
    final int[] end;
    final long[] sentAt;
    final int[] times;
    final int[] weight;
    final byte[] mark;
    final int[] older;
    final int[] newer;

    /** A permutation of all slots, whatever was done with it. */
    final int[] order;

    /** Allocates. @param entries a power of two */
    public SendMapRoom(final int entries) {
        start = new int[entries];
        end = new int[entries];
        sentAt = new long[entries];
        times = new int[entries];
        weight = new int[entries];
        mark = new byte[entries];
        older = new int[entries];
        newer = new int[entries];
        order = new int[entries];
        for (int i = 0; i < entries; i++) {
            order[i] = i;
        }
    }

    /** Entries that it is for. */
    public int entries() {
        return order.length;
    }

    /** Takes over the entries of a smaller one in which they begin at {@code first}. */
    void copy(final SendMapRoom small, final int first) {
        final int old = small.entries();
        System.arraycopy(small.start, 0, start, 0, old);
        System.arraycopy(small.end, 0, end, 0, old);
        System.arraycopy(small.sentAt, 0, sentAt, 0, old);
        System.arraycopy(small.times, 0, times, 0, old);
        System.arraycopy(small.weight, 0, weight, 0, old);
        System.arraycopy(small.mark, 0, mark, 0, old);
        System.arraycopy(small.older, 0, older, 0, old);
        System.arraycopy(small.newer, 0, newer, 0, old);
        for (int i = 0; i < old; i++) {
            order[i] = small.order[first + i & old - 1];
        }
        for (int i = old; i < entries(); i++) {
            order[i] = i;
        }
    }
}
