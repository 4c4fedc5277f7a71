package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.SOCKET_MSS;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_CONS;
import static joyride.ipc.shm.ShmLayout.SOCKET_RX_WANTED;
import static joyride.ipc.shm.ShmLayout.SOCKET_TX_WANT;
import static joyride.ipc.shm.ShmLayout.SOCKET_UNSENT;

import joyride.api.memory.Memory;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;

/**
 * What waits for the end of the turn on a socket: core tells of things in the middle of its work, programs see them here, each
 * once. {@link #settle} shows, {@link #tell} wakes. On the event loop.
 */
final class TurnEnd {
    static final int RECEIVE_EDGE = 1;
    static final int SEND_EDGE = 2;
    /** There may be room again for who waits for it. */
    static final int ROOM = 4;
    /** The slot goes back once nobody needs it. */
    static final int FINISH = 8;
    /** Addresses and segment size are known now. */
    static final int ADDRESSES = 16;
    /** From which reading on the service wants to hear has to be worked out anew. */
    static final int WINDOW = 32;
    /** There is new urgent data. */
    static final int URGENT = 128;
    /** Of what was shown: it wants to hear of a reading, which may have gone untold just before. */
    private static final int WANTS = 64;

    private TurnEnd() {}

    /** Begins a new use of the slot. */
    static void begin(final SlotBooks of) {
        of.turnPending = 0;
        of.turnTold = 0;
    }

    static void note(final ShmEndpoint endpoint, final int what) {
        endpoint.turnPending |= (byte) what;
        if (!endpoint.turnQueued) {
            endpoint.turnQueued = true;
            endpoint.instance().later(endpoint);
        }
    }

    /** Shows programs what the turn brought; {@link #tell} follows. */
    static void settle(final ShmEndpoint endpoint) {
        endpoint.turnQueued = false;
        int what = endpoint.turnPending;
        endpoint.turnPending = 0;
        if ((what & FINISH) != 0 && endpoint.finished()) {
            endpoint.finish();
            return;
        }
        final long at = endpoint.at;
        final Socket socket = endpoint.socket();
        final ShmSendRing send = endpoint.ring();
        if (socket != null) {
            Memory.putInt(at + SOCKET_UNSENT, (int) (send.produced() - send.released()));
        }
        if ((what & ROOM) != 0 && Memory.getInt(at + SOCKET_TX_WANT) != 0 && send.roomy() && !starving(endpoint)) {
            Memory.putIntVolatile(at + SOCKET_TX_WANT, 0);
            what |= SEND_EDGE;
        }
        if ((what & ADDRESSES) != 0 && socket != null) {
            SocketWords.addresses(at, socket);
            Memory.putShort(at + SOCKET_MSS, Math.clamp(socket.getOption(SocketOption.TCP_MAXSEG), 0, 65535));
        }
        boolean wants = false;
        if ((what & (WINDOW | RECEIVE_EDGE)) != 0 && socket != null && endpoint.listening() == null) {
            final long wanted = socket.hearAt();
            Memory.putLong(at + SOCKET_RX_WANTED, wanted);
            wants = wanted != Long.MAX_VALUE;
        }
        endpoint.relayLater();
        ShownState.show(endpoint);
        endpoint.turnTold = (byte) (what & (RECEIVE_EDGE | SEND_EDGE | URGENT) | (wants ? WANTS : 0));
        if ((what & RECEIVE_EDGE) != 0) {
            ShownState.countReceiveEdge(endpoint);
        }
        if ((what & SEND_EDGE) != 0) {
            ShownState.countSendEdge(endpoint);
        }
    }

    /** Tells queues and threads of the edges that {@link #settle} counted, a full fence later. */
    static void tell(final ShmEndpoint endpoint) {
        final int what = endpoint.turnTold;
        endpoint.turnTold = 0;
        if ((what & WANTS) != 0 && readUntold(endpoint)) {
            endpoint.instance().again(endpoint.slot);
        }
        if ((what & (RECEIVE_EDGE | SEND_EDGE)) != 0) {
            endpoint.instance().readiness().tell(endpoint, (what & RECEIVE_EDGE) != 0, (what & SEND_EDGE) != 0);
            Signals.send(endpoint, Signals.READY);
        }
        if ((what & URGENT) != 0) {
            Signals.send(endpoint, Signals.URGENT);
        }
    }

    /** Whether the program has read as far as is wanted, and core has not heard of it. */
    private static boolean readUntold(final ShmEndpoint endpoint) {
        final long read = Memory.getLongAcquire(endpoint.at + SOCKET_RX_CONS);
        return read != endpoint.toldConsumed
                && endpoint.socket() != null
                && read >= endpoint.socket().hearAt();
    }

    /** Whether a holder waits for chunks: it is told once it has them. */
    private static boolean starving(final ShmEndpoint endpoint) {
        for (int i = 0; i < endpoint.holderCount; i++) {
            if (endpoint.instance().processes().starving(Holders.process(endpoint, i))) {
                return true;
            }
        }
        return false;
    }

    // ---- left to a successor

    static void save(final SlotBooks of, final BooksWriter to) {
        to.number(of.turnPending | of.turnTold);
    }

    static void restore(final ShmEndpoint endpoint, final BooksReader from) {
        final int due = from.number();
        if (due != 0) {
            note(endpoint, due);
        }
    }
}
