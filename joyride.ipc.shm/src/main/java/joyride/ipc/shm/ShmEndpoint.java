package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;
import joyride.api.memory.ReadsAhead;
import joyride.api.socket.Endpoint;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;

/**
 * A socket slot of an instance: one object for each slot, used again and again. What core tells is kept until the end of the
 * turn; what programs wrote is read in {@link #dirty}.
 */
final class ShmEndpoint extends SlotBooks implements Endpoint {
    final int slot;
    final long at;
    private final ShmInstance instance;
    private final ShmReceiveRing receive;
    private final ShmSendRing send;
    /** Accepted for this listener, and no process has taken it yet. */
    private ShmEndpoint listener;

    /** Whether it is on the list of those that hold memory. */
    boolean listed;
    /** Whether it is on the list of those whose window wants memory. */
    boolean hungry;

    ShmEndpoint(final ShmInstance instance, final int slot, final long at) {
        this.instance = instance;
        this.slot = slot;
        this.at = at;
        receive = new ShmReceiveRing(this);
        send = new ShmSendRing(this);
    }

    /** Begins a new use of the slot. {@link #open} follows. */
    void begin() {
        socket = null;
        TurnEnd.begin(this);
        ProgramWords.begin(this);
        closing = false;
        done = false;
        listener = null;
        listening = null;
        touched = true;
        ShownState.begin(this);
        Holders.begin(this);
        receive.begin();
        send.begin();
        SocketOptions.begin(this);
        SocketWords.clear(at);
        generation++;
        Memory.putIntRelease(at + SOCKET_GENERATION, generation);
    }

    /** Gives the slot its socket. */
    void open(final Socket opened, final int family) {
        socket = opened;
        Memory.putShort(at + SOCKET_FAMILY, family);
    }

    /** AF_INET or AF_INET6, as the program sees it. */
    int family() {
        return Memory.getShort(at + SOCKET_FAMILY);
    }

    ShmInstance instance() {
        return instance;
    }

    Socket socket() {
        return socket;
    }

    int generation() {
        return generation;
    }

    boolean inUse() {
        return (generation & 1) != 0;
    }

    /** Whether it is neither connected nor listening, nor was. */
    boolean isPlain() {
        return listening == null && ShownState.bits(this) == 0;
    }

    /** What it is as a listener; null: it does not listen. */
    Listening listening() {
        return listening;
    }

    /** Whether core and programs are done with it. */
    boolean finished() {
        return closing && done;
    }

    ShmSendRing ring() {
        return send;
    }

    // ---- what core tells

    @Override
    public ReceiveRing receiveRing() {
        return receive;
    }

    @Override
    public SendRing sendRing() {
        return send;
    }

    @Override
    public void readable() {
        touched = true;
        TurnEnd.note(this, TurnEnd.RECEIVE_EDGE);
    }

    @Override
    public void urgent(final long position) {
        // Before the byte itself is published: no read shall cross it.
        Memory.putLongRelease(at + SOCKET_OOB_MARK, position + 1);
        TurnEnd.note(this, TurnEnd.RECEIVE_EDGE | TurnEnd.URGENT);
    }

    @Override
    public void writable() {
        TurnEnd.note(this, TurnEnd.ROOM);
    }

    @Override
    public void connected() {
        ShownState.change(this, JR_SOCKET_CONNECTING | JR_SOCKET_DEFERRED, JR_SOCKET_CONNECTED);
        TurnEnd.note(this, TurnEnd.SEND_EDGE | TurnEnd.ADDRESSES);
    }

    @Override
    public void endOfStream() {
        ShownState.change(this, 0, JR_SOCKET_RX_EOF);
        TurnEnd.note(this, TurnEnd.RECEIVE_EDGE);
    }

    @Override
    public void sendClosed() {
        ShownState.change(this, 0, JR_SOCKET_TX_CLOSED);
        TurnEnd.note(this, TurnEnd.SEND_EDGE);
    }

    @Override
    public void failed(final int errno) {
        ShownState.error(this, errno);
        ShownState.change(this, JR_SOCKET_CONNECTING | JR_SOCKET_DEFERRED, JR_SOCKET_RESET | JR_SOCKET_TX_CLOSED);
        TurnEnd.note(this, TurnEnd.RECEIVE_EDGE | TurnEnd.SEND_EDGE);
    }

    @Override
    public void closed() {
        done = true;
        ShownState.change(this, 0, JR_SOCKET_CLOSED);
        TurnEnd.note(this, TurnEnd.RECEIVE_EDGE | TurnEnd.SEND_EDGE | TurnEnd.FINISH);
    }

    @Override
    public void receiveLimit(final int bytes) {
        Memory.putInt(at + SOCKET_RX_LIMIT, bytes);
    }

    @Override
    public Endpoint incoming(final Socket accepted) {
        return listening == null || closing ? null : listening.incoming(accepted);
    }

    /** Begins as a connection that waits in the queue of {@code from}. */
    void begin(final ShmEndpoint from, final Socket accepted) {
        open(accepted, Memory.getShort(from.at + SOCKET_FAMILY));
        listener = from;
        ShownState.change(this, 0, JR_SOCKET_CONNECTED);
        ShownState.show(this);
        SocketOptions.inherit(from, this);
        SocketWords.addresses(at, accepted);
    }

    /** How a listener's ring names it. */
    long handle() {
        return (long) generation << 32 | slot;
    }

    /** Waits for the end of the turn. @param what bits of {@link TurnEnd} */
    void later(final int what) {
        TurnEnd.note(this, what);
    }

    // ---- what programs wrote

    /** Its rings and its socket, then what was written and what the socket leads to. As {@link ReadsAhead}. */
    int readAhead(final int step) {
        final int read = step == 0 ? (int) (send.produced() + receive.produced()) : send.readByte(send.produced());
        return socket == null ? read : read + socket.readAhead(step);
    }

    /** A program changed words of this slot: looks at each once. */
    void dirty() {
        if (socket == null || closing || instance.ended()) {
            return;
        }
        touched = true;
        ProgramWords.look(this);
    }

    /** A program may have taken this connection out of its listener's queue just now. */
    void takeInClaim() {
        if (listener != null) {
            listener.dirty();
        }
    }

    /** A program took this connection out of its listener's queue, and wrote which process that was. */
    void taken() {
        listener = null;
        final int process = Memory.getInt(at + SOCKET_CLAIMED) - 1;
        if (!closing) {
            socket.accepted();
        }
        if (instance.processes().attached(process)) {
            hold(process);
            dirty();
        } else {
            close(false);
        }
    }

    // ---- listening and connecting

    /** The socket listens from now on, or has another backlog. */
    void listens(final int backlog) {
        if (listening == null) {
            listening = new Listening(this);
        }
        Memory.putInt(at + SOCKET_RX_LIMIT, backlog * 8);
        ShownState.change(this, ~0, JR_SOCKET_LISTENING);
        ShownState.show(this);
        SocketWords.addresses(at, socket);
    }

    void connecting() {
        if (ShownState.bits(this) == 0) {
            final boolean deferred = socket.awaitsData();
            ShownState.change(this, 0, deferred ? JR_SOCKET_DEFERRED : JR_SOCKET_CONNECTING);
            ShownState.show(this);
            if (deferred) {
                // To who waits for room the socket is as good as connected.
                TurnEnd.note(this, TurnEnd.SEND_EDGE);
            }
        }
        SocketWords.addresses(at, socket);
    }

    /** Whether connections wait that nobody took. */
    boolean hasWaiting() {
        return listening != null && !listening.isEmpty();
    }

    /** Another process may take what waits. */
    void tellAgain() {
        TurnEnd.note(this, TurnEnd.RECEIVE_EDGE);
    }

    // ---- who holds it

    boolean heldBy(final int process) {
        return Holders.has(this, process);
    }

    /** Whether it stays open without {@code process}. */
    boolean heldByOthers(final int process) {
        return Holders.hasOthers(this, process);
    }

    void hold(final int process) {
        Holders.add(this, process);
    }

    /** Process {@code process} holds it no more; without holders it is closed. @param reset by RST, as with linger 0 */
    void unhold(final int process, final boolean reset) {
        if (heldBy(process) && heldByOthers(process)) {
            // What it put into the table and did not publish would go to others when it ends.
            send.adopt(process);
        }
        if (Holders.remove(this, process)) {
            closeIfUnheld(reset);
            closeIfTwinGone();
            relayLater();
        }
    }

    /** A descriptor stands for it from now on, in programs without the layer. */
    void add(final Relay relay) {
        Holders.add(this, relay);
    }

    /** That descriptor went away everywhere. */
    void remove(final Relay relay) {
        Holders.remove(this, relay);
        closeIfUnheld(false);
    }

    /** Whether no process with the layer holds it. */
    boolean unheld() {
        return holderCount == 0 && listener == null;
    }

    /**
     * A listener that no descriptor stands for is closed, though processes are on record as its holders: they closed it in a way
     * that the layer does not see.
     *
     * @return whether it was
     */
    boolean closeIfTwinGone() {
        if (listening == null || closing || socket == null || instance.ended() || !listening.twinGone()) {
            return false;
        }
        close(false);
        return true;
    }

    private void closeIfUnheld(final boolean reset) {
        if (Holders.none(this) && listener == null) {
            close(reset);
        }
    }

    // ---- what a relay does in a program's stead

    ShmReceiveRing ringIn() {
        return receive;
    }

    void written() {
        if (socket != null && !closing && !instance.ended()) {
            socket.written();
        }
    }

    void consumed() {
        if (socket != null && !closing && !instance.ended()) {
            socket.consumed();
        }
    }

    void endSending() {
        if (socket != null && !closing && !instance.ended()) {
            ProgramWords.endSending(this);
        }
    }

    /** Whether nothing more can be sent. */
    boolean sendEnded() {
        return closing || sendShut || ShownState.has(this, JR_SOCKET_TX_CLOSED | JR_SOCKET_RESET);
    }

    /** Leaves its listener's queue because the listener closes. */
    void orphaned() {
        listener = null;
        close(true);
    }

    /** Closes it, whoever holds it. */
    void close(final boolean reset) {
        if (closing) {
            return;
        }
        dirty();
        closing = true;
        if (listening != null) {
            listening.close();
        }
        if (socket != null && !instance.ended()) {
            if (reset) {
                socket.abort();
            } else {
                socket.close();
            }
        } else {
            done = true;
        }
        TurnEnd.note(this, TurnEnd.FINISH);
    }

    /** Gives the slot back before its socket ever worked. */
    void discard() {
        closing = true;
        done = true;
        TurnEnd.note(this, TurnEnd.FINISH);
    }

    // ---- the end of the turn

    /** Shows programs what the turn brought; {@link #tell} follows. */
    void settle() {
        TurnEnd.settle(this);
    }

    /** Tells queues and threads of the edges that {@link #settle} counted, a full fence later. */
    void tell() {
        TurnEnd.tell(this);
    }

    /** Its relays may have something to carry. */
    void relayLater() {
        for (Relay relay = relays; relay != null; relay = relay.next) {
            instance.later(relay);
        }
    }

    /** Gives the slot back. */
    void finish() {
        if (!inUse()) {
            return;
        }
        socket = null;
        instance.signals().forget(this);
        receive.release();
        send.release();
        generation++;
        Memory.putIntRelease(at + SOCKET_GENERATION, generation);
        instance.sockets().free(this);
    }

    /** Gives back what memory lies idle. @return whether there is nothing left to give */
    boolean idle() {
        return !inUse() || receive.idle() & send.idle();
    }

    @Override
    public String processes() {
        return Holders.ids(this, instance.processes());
    }

    @Override
    public String note() {
        if (listening != null && listening.twinUnseen()) {
            return "the kernel's listener beside it cannot be seen";
        }
        return relays == null ? "" : "escalated";
    }

    void waitsAt(final ShmEndpoint itsListener) {
        listener = itsListener;
    }
}
