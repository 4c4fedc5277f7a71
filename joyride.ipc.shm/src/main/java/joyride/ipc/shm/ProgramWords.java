package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.SOCKET_RX_SHUT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_SHUT;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_WANT;

import joyride.api.memory.Memory;
import joyride.api.socket.Socket;

/** What a program says by the words of a socket slot: looked at once each, compared with what was known, passed on to core. */
final class ProgramWords {
    private final ShmEndpoint endpoint;
    /** What the reader had read when core last heard of it. */
    private long toldConsumed;

    private boolean receiveShut;
    private boolean sendShut;

    ProgramWords(final ShmEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Begins a new use of the slot. */
    void begin() {
        toldConsumed = 0;
        receiveShut = false;
        sendShut = false;
    }

    boolean sendShut() {
        return sendShut;
    }

    /** A program changed words of the slot, which is in use. */
    void look() {
        final Listening listening = endpoint.listening();
        if (listening != null) {
            endpoint.options().refresh(endpoint);
            listening.claims();
            return;
        }
        final long at = endpoint.at;
        final Socket socket = endpoint.socket();
        // Before the positions: nothing that was written before a shutdown may be missed.
        final int sendEnds = Memory.getIntAcquire(at + SOCKET_TX_SHUT);
        final int receiveEnds = Memory.getInt(at + SOCKET_RX_SHUT);
        endpoint.options().refresh(endpoint);
        if (endpoint.ring().refresh()) {
            socket.written();
        }
        final long read = endpoint.ringIn().consumed();
        if (read != toldConsumed) {
            toldConsumed = read;
            socket.consumed();
        }
        if (receiveEnds != 0 && !receiveShut) {
            receiveShut = true;
            socket.shutdownReceive();
            endpoint.later(TurnEnd.RECEIVE_EDGE);
        }
        if (sendEnds != 0 && !sendShut) {
            sendShut = true;
            socket.shutdownSend();
            endpoint.later(TurnEnd.SEND_EDGE);
        }
        if (Memory.getInt(at + SOCKET_TX_WANT) != 0) {
            endpoint.later(TurnEnd.ROOM);
        }
    }

    /** Shuts sending down in the program's stead. */
    void endSending() {
        if (!sendShut) {
            sendShut = true;
            Memory.putIntRelease(endpoint.at + SOCKET_TX_SHUT, 1);
            endpoint.socket().shutdownSend();
        }
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(toldConsumed).flag(receiveShut).flag(sendShut);
    }

    void restore(final BooksReader from) {
        toldConsumed = from.longNumber();
        receiveShut = from.flag();
        sendShut = from.flag();
    }
}
