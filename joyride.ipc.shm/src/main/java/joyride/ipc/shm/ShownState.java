package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.SOCKET_ERROR;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_EDGES;
import static joyride.ipc.shm.ShmLayout.SOCKET_STATE;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_EDGES;

import joyride.api.memory.Memory;

/**
 * State, error and edges of a socket. Programs see them at the end of the turn, together: a state seen before its edge would be
 * reported twice. On the event loop.
 */
final class ShownState {
    private final long at;
    private int bits;
    private int shown;
    private int error;
    private int receiveEdges;
    private int sendEdges;

    ShownState(final long at) {
        this.at = at;
    }

    /** Begins a new use of the slot, whose words are 0. */
    void begin() {
        bits = 0;
        shown = 0;
        error = 0;
        receiveEdges = 0;
        sendEdges = 0;
    }

    /** JR_SOCKET_* bits. */
    int bits() {
        return bits;
    }

    boolean has(final int any) {
        return (bits & any) != 0;
    }

    /** Takes the bits of {@code gone} away and adds those of {@code come}. */
    void change(final int gone, final int come) {
        bits = bits & ~gone | come;
    }

    void error(final int errno) {
        error = errno;
    }

    /** Shows error and state as they are now. */
    void show() {
        if (error != 0) {
            Memory.putInt(at + SOCKET_ERROR, error);
            error = 0;
        }
        if (shown != bits) {
            shown = bits;
            Memory.putIntRelease(at + SOCKET_STATE, shown);
        }
    }

    void countReceiveEdge() {
        Memory.putIntRelease(at + SOCKET_RX_EDGES, ++receiveEdges);
    }

    void countSendEdge() {
        Memory.putIntRelease(at + SOCKET_TX_EDGES, ++sendEdges);
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(bits).number(shown).number(error).number(receiveEdges).number(sendEdges);
    }

    void restore(final BooksReader from) {
        bits = from.number();
        shown = from.number();
        error = from.number();
        receiveEdges = from.number();
        sendEdges = from.number();
    }
}
