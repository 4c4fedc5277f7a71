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
    private ShownState() {}

    /** Begins a new use of the slot, whose words are 0. */
    static void begin(final SlotBooks of) {
        of.stateBits = 0;
        of.stateShown = 0;
        of.stateError = 0;
        of.receiveEdges = 0;
        of.sendEdges = 0;
    }

    /** JR_SOCKET_* bits. */
    static int bits(final SlotBooks of) {
        return of.stateBits;
    }

    static boolean has(final SlotBooks of, final int any) {
        return (of.stateBits & any) != 0;
    }

    /** Takes the bits of {@code gone} away and adds those of {@code come}. */
    static void change(final SlotBooks of, final int gone, final int come) {
        of.stateBits = (byte) (of.stateBits & ~gone | come);
    }

    static void error(final SlotBooks of, final int errno) {
        of.stateError = errno;
    }

    /** Shows error and state as they are now. */
    static void show(final ShmEndpoint of) {
        if (of.stateError != 0) {
            Memory.putInt(of.at + SOCKET_ERROR, of.stateError);
            of.stateError = 0;
        }
        if (of.stateShown != of.stateBits) {
            of.stateShown = of.stateBits;
            Memory.putIntRelease(of.at + SOCKET_STATE, of.stateShown & 0xff);
        }
    }

    static void countReceiveEdge(final ShmEndpoint of) {
        Memory.putIntRelease(of.at + SOCKET_RX_EDGES, ++of.receiveEdges);
    }

    static void countSendEdge(final ShmEndpoint of) {
        Memory.putIntRelease(of.at + SOCKET_TX_EDGES, ++of.sendEdges);
    }

    // ---- left to a successor

    static void save(final SlotBooks of, final BooksWriter to) {
        to.number(of.stateBits)
                .number(of.stateShown)
                .number(of.stateError)
                .number(of.receiveEdges)
                .number(of.sendEdges);
    }

    static void restore(final SlotBooks of, final BooksReader from) {
        of.stateBits = (byte) from.number();
        of.stateShown = (byte) from.number();
        of.stateError = from.number();
        of.receiveEdges = from.number();
        of.sendEdges = from.number();
    }
}
