package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_SOCKET_CONNECTING;
import static joyride.ipc.shm.ShmLayout.JR_SOCKET_DEFERRED;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_SHUT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_SHUT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_URGENT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_WANT;

import joyride.api.memory.Memory;
import joyride.api.socket.Socket;

/** What a program says by the words of a socket slot: looked at once each, compared with what was known, passed on to core. */
final class ProgramWords {
    private ProgramWords() {}

    /** Begins a new use of the slot. */
    static void begin(final SlotBooks of) {
        of.toldConsumed = 0;
        of.receiveShut = false;
        of.sendShut = false;
    }

    /** A program changed words of the slot, which is in use. */
    static void look(final ShmEndpoint endpoint) {
        final Listening listening = endpoint.listening();
        if (listening != null) {
            endpoint.instance().options().refresh(endpoint);
            listening.claims();
            return;
        }
        final long at = endpoint.at;
        final Socket socket = endpoint.socket();
        // Before the positions: nothing that was written before a shutdown may be missed.
        final int sendEnds = Memory.getIntAcquire(at + SOCKET_TX_SHUT);
        final int receiveEnds = Memory.getInt(at + SOCKET_RX_SHUT);
        endpoint.instance().options().refresh(endpoint);
        if (endpoint.ring().refresh()) {
            written(endpoint, socket);
        }
        final long read = endpoint.ringIn().consumed();
        if (read != endpoint.toldConsumed) {
            endpoint.toldConsumed = read;
            socket.consumed();
            endpoint.later(TurnEnd.WINDOW);
        }
        if (receiveEnds != 0 && !endpoint.receiveShut) {
            endpoint.receiveShut = true;
            socket.shutdownReceive();
            endpoint.later(TurnEnd.RECEIVE_EDGE);
        }
        if (sendEnds != 0 && !endpoint.sendShut) {
            endpoint.sendShut = true;
            socket.shutdownSend();
            endpoint.later(TurnEnd.SEND_EDGE);
        }
        if (Memory.getInt(at + SOCKET_TX_WANT) != 0) {
            endpoint.later(TurnEnd.ROOM);
        }
    }

    private static void written(final ShmEndpoint endpoint, final Socket socket) {
        if (ShownState.has(endpoint, JR_SOCKET_DEFERRED)) {
            ShownState.change(endpoint, JR_SOCKET_DEFERRED, JR_SOCKET_CONNECTING);
            endpoint.later(TurnEnd.SEND_EDGE);
        }
        // Written before the position that covers it.
        final long word = endpoint.at + SOCKET_TX_URGENT;
        final long urgent = Memory.getLongAcquire(word);
        if (urgent != 0
                && Long.compareUnsigned(urgent, endpoint.ring().produced()) <= 0
                && Memory.compareAndSetLong(word, urgent, 0)) {
            socket.writtenUrgent(urgent);
        } else {
            socket.written();
        }
    }

    /** Shuts sending down in the program's stead. */
    static void endSending(final ShmEndpoint endpoint) {
        if (!endpoint.sendShut) {
            endpoint.sendShut = true;
            Memory.putIntRelease(endpoint.at + SOCKET_TX_SHUT, 1);
            endpoint.socket().shutdownSend();
        }
    }

    // ---- left to a successor

    static void save(final SlotBooks of, final BooksWriter to) {
        to.number(of.toldConsumed).flag(of.receiveShut).flag(of.sendShut);
    }

    static void restore(final SlotBooks of, final BooksReader from) {
        of.toldConsumed = from.longNumber();
        of.receiveShut = from.flag();
        of.sendShut = from.flag();
    }
}
