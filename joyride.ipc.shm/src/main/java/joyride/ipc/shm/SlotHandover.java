package joyride.ipc.shm;

/** What the transport's successor gets to know of a socket slot: rings and words in shared memory stay, the books go over in numbers. */
final class SlotHandover {
    private SlotHandover() {}

    static void save(final ShmEndpoint slot, final BooksWriter to) {
        to.number(slot.generation).flag(slot.touched).flag(slot.inUse());
        if (!slot.inUse()) {
            return;
        }
        to.socket(slot.socket).flag(slot.closing).flag(slot.done);
        ShownState.save(slot, to);
        Holders.save(slot, to);
        TurnEnd.save(slot, to);
        Signals.save(slot, to);
        ProgramWords.save(slot, to);
        SocketOptions.save(slot, to);
        slot.ringIn().save(to);
        slot.ring().save(to);
    }

    static void restore(final ShmEndpoint slot, final BooksReader from) {
        slot.generation = from.number();
        slot.touched = from.flag();
        if (!from.flag()) {
            return;
        }
        slot.socket = from.socket();
        slot.closing = from.flag();
        slot.done = from.flag();
        SocketOptions.begin(slot);
        ShownState.restore(slot, from);
        Holders.restore(slot, from);
        TurnEnd.restore(slot, from);
        slot.instance().signals().restore(slot, from);
        ProgramWords.restore(slot, from);
        slot.instance().options().restore(slot, from);
        slot.ringIn().restore(from);
        slot.ring().restore(from);
    }

    /** Once all slots are there. */
    static void saveQueue(final ShmEndpoint slot, final BooksWriter to) {
        to.flag(slot.listening != null);
        if (slot.listening != null) {
            slot.listening.save(to);
        }
    }

    static void restoreQueue(final ShmEndpoint slot, final BooksReader from) {
        if (from.flag()) {
            slot.listening = new Listening(slot);
            slot.listening.restore(from);
        }
    }

    /** Puts it behind its socket in its predecessor's stead. */
    static void takePlace(final ShmEndpoint slot) {
        if (slot.inUse() && slot.socket != null) {
            slot.socket.exchange(slot);
        }
    }
}
