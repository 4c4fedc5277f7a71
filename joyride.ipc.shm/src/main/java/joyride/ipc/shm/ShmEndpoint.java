package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.Arrays;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;

/**
 * A socket slot of an instance: one object for each slot, used again and again. What core tells is kept until the end of the
 * turn; what programs wrote is read in {@link #dirty}.
 */
final class ShmEndpoint implements Endpoint {
    /** Bits of what waits for the end of the turn. */
    private static final int RECEIVE_EDGE = 1;

    private static final int SEND_EDGE = 2;
    private static final int ROOM = 4;
    private static final int FINISH = 8;
    private static final int ADDRESSES = 16;

    final int slot;
    final long at;
    private final ShmInstance instance;
    private final ShmReceiveRing receive;
    private final ShmSendRing send;
    private final SocketOptions options = new SocketOptions();
    private Socket socket;
    private int generation;
    private int state;
    private int shown;
    private int error;
    private int receiveEdges;
    private int sendEdges;
    private int pending;
    /** Edges that were counted and not yet told. */
    private int told;

    /** What the reader had read when core, or a listener's claims, last heard of it. */
    private long toldConsumed;

    private boolean queued;
    private boolean receiveShut;
    private boolean sendShut;
    private boolean closing;
    private boolean done;
    /** Accepted for this listener, and no process has taken it yet. */
    private ShmEndpoint listener;

    private int[] holders = new int[2];
    private int holderCount;
    /** Descriptors in programs without the layer that stand for this socket, newest first. */
    private Relay relays;
    /** Whether it did something since the last look for idle memory. */
    boolean touched;
    /** Whether it is on the list of those that hold memory. */
    boolean listed;
    /** Whether it is on the list of those whose window wants memory. */
    boolean hungry;
    /** Whether it is on the list of listeners of which one queue alone was told. */
    boolean passing;
    /** When one queue alone was told, ns. */
    long toldAt;

    private AcceptQueue accepts;

    ShmEndpoint(final ShmInstance instance, final int slot, final long at) {
        this.instance = instance;
        this.slot = slot;
        this.at = at;
        receive = new ShmReceiveRing(instance, slot, at);
        send = new ShmSendRing(instance, slot, at);
    }

    /** Begins a new use of the slot. {@link #open} follows. */
    void begin() {
        socket = null;
        state = 0;
        shown = 0;
        error = 0;
        told = 0;
        receiveEdges = 0;
        sendEdges = 0;
        pending = 0;
        toldConsumed = 0;
        receiveShut = false;
        sendShut = false;
        closing = false;
        done = false;
        listener = null;
        holderCount = 0;
        relays = null;
        touched = true;
        receive.begin();
        send.begin();
        options.begin();
        Memory.putInt(at + SOCKET_STATE, 0);
        Memory.putInt(at + SOCKET_RX_LIMIT, 0);
        Memory.putInt(at + SOCKET_ERROR, 0);
        Memory.putInt(at + SOCKET_RX_EDGES, 0);
        Memory.putInt(at + SOCKET_TX_EDGES, 0);
        Memory.putInt(at + SOCKET_UNSENT, 0);
        Memory.putInt(at + SOCKET_RX_WAITER, 0);
        Memory.putInt(at + SOCKET_RX_SHUT, 0);
        Memory.putInt(at + SOCKET_CLAIMED, 0);
        Memory.putLong(at + SOCKET_RX_TOLD, 0);
        Memory.putInt(at + SOCKET_TX_WAITER, 0);
        Memory.putInt(at + SOCKET_TX_SHUT, 0);
        Memory.putInt(at + SOCKET_TX_WANT, 0);
        Memory.putInt(at + SOCKET_TX_MORE, 0);
        Memory.putLong(at + SOCKET_QUEUES, 0);
        Memory.putLong(at + SOCKET_EXCLUSIVE, 0);
        Memory.zero(at + SOCKET_LOCAL_ADDRESS, SOCKET_OPTION_SEQ - SOCKET_LOCAL_ADDRESS);
        Memory.zero(at + SOCKET_OPTION_SEQ, SOCKET_RX_TABLE - SOCKET_OPTION_SEQ);
        Memory.putInt(at + SOCKET_LINGER, -1);
        generation++;
        Memory.putIntRelease(at + SOCKET_GENERATION, generation);
    }

    /** Gives the slot its socket. */
    void open(final Socket opened, final int family) {
        socket = opened;
        Memory.putShort(at + SOCKET_FAMILY, family);
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

    boolean listening() {
        return (state & JR_SOCKET_LISTENING) != 0;
    }

    SocketOptions options() {
        return options;
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
        later(RECEIVE_EDGE);
    }

    @Override
    public void writable() {
        later(ROOM);
    }

    @Override
    public void connected() {
        state(state & ~JR_SOCKET_CONNECTING | JR_SOCKET_CONNECTED);
        later(SEND_EDGE | ADDRESSES);
    }

    @Override
    public void endOfStream() {
        state(state | JR_SOCKET_RX_EOF);
        later(RECEIVE_EDGE);
    }

    @Override
    public void sendClosed() {
        state(state | JR_SOCKET_TX_CLOSED);
        later(SEND_EDGE);
    }

    @Override
    public void failed(final int errno) {
        error = errno;
        state(state & ~JR_SOCKET_CONNECTING | JR_SOCKET_RESET | JR_SOCKET_TX_CLOSED);
        later(RECEIVE_EDGE | SEND_EDGE);
    }

    @Override
    public void closed() {
        done = true;
        state(state | JR_SOCKET_CLOSED);
        later(RECEIVE_EDGE | SEND_EDGE | FINISH);
    }

    @Override
    public void receiveLimit(final int bytes) {
        Memory.putInt(at + SOCKET_RX_LIMIT, bytes);
    }

    @Override
    public Endpoint incoming(final Socket accepted) {
        if (!listening() || closing) {
            return null;
        }
        final ShmEndpoint endpoint = instance.allocate();
        if (endpoint == null) {
            return null;
        }
        endpoint.open(accepted, Memory.getShort(at + SOCKET_FAMILY));
        endpoint.listener = this;
        endpoint.state(JR_SOCKET_CONNECTED);
        endpoint.showState();
        endpoint.options.inherit(this, endpoint);
        endpoint.writeAddresses();
        if (!receive.offer(endpoint.handle())) {
            endpoint.discard();
            return null;
        }
        accepts.add(endpoint);
        endpoint.later(ADDRESSES);
        later(RECEIVE_EDGE);
        return endpoint;
    }

    private long handle() {
        return (long) generation << 32 | slot;
    }

    /** Programs see it at the end of the turn, together with the edge: seen before, it would be reported twice. */
    private void state(final int bits) {
        state = bits;
    }

    private void showState() {
        if (error != 0) {
            Memory.putInt(at + SOCKET_ERROR, error);
            error = 0;
        }
        if (shown != state) {
            shown = state;
            Memory.putIntRelease(at + SOCKET_STATE, shown);
        }
    }

    private void later(final int what) {
        pending |= what;
        if (!queued) {
            queued = true;
            instance.later(this);
        }
    }

    // ---- what programs wrote

    /** A program changed words of this slot: looks at each once. */
    void dirty() {
        if (socket == null || closing || instance.ended()) {
            return;
        }
        touched = true;
        if (listening()) {
            options.refresh(this);
            claims();
            return;
        }
        final int sendEnds = Memory.getIntAcquire(at + SOCKET_TX_SHUT);
        final int receiveEnds = Memory.getInt(at + SOCKET_RX_SHUT);
        options.refresh(this);
        if (send.refresh()) {
            socket.written();
        }
        final long read = receive.consumed();
        if (read != toldConsumed) {
            toldConsumed = read;
            socket.consumed();
        }
        if (receiveEnds != 0 && !receiveShut) {
            receiveShut = true;
            socket.shutdownReceive();
            later(RECEIVE_EDGE);
        }
        if (sendEnds != 0 && !sendShut) {
            sendShut = true;
            socket.shutdownSend();
            later(SEND_EDGE);
        }
        if (Memory.getInt(at + SOCKET_TX_WANT) != 0) {
            later(ROOM);
        }
    }

    /** A program may have taken this connection out of its listener's queue just now. */
    void takeInClaim() {
        if (listener != null) {
            listener.dirty();
        }
    }

    /** Takes note of the connections that programs took out of this listener's queue. */
    private void claims() {
        final long before = toldConsumed;
        final long now = receive.consumed();
        toldConsumed = now;
        if ((now & 7) != 0) {
            instance.violation("rx_cons of a listener", slot, now, before, receive.produced());
            return;
        }
        for (long position = before; position < now; position += 8) {
            final ShmEndpoint accepted = accepts.remove();
            accepted.listener = null;
            final int process = Memory.getInt(accepted.at + SOCKET_CLAIMED) - 1;
            if (!accepted.closing) {
                accepted.socket.accepted();
            }
            if (instance.attached(process)) {
                accepted.hold(process);
                accepted.dirty();
            } else {
                accepted.close(false);
            }
        }
        if (accepts.isEmpty()) {
            toldAt = 0;
        }
    }

    // ---- listening and connecting

    /** The socket listens from now on, or has another backlog. */
    void listens(final int backlog) {
        if (accepts == null) {
            accepts = new AcceptQueue();
        }
        Memory.putInt(at + SOCKET_RX_LIMIT, backlog * 8);
        state(JR_SOCKET_LISTENING);
        showState();
        writeAddresses();
    }

    void connecting() {
        if (state == 0) {
            state(JR_SOCKET_CONNECTING);
            showState();
        }
        writeAddresses();
    }

    private void writeAddresses() {
        putAddress(SOCKET_LOCAL_ADDRESS, socket.localAddress());
        putAddress(SOCKET_REMOTE_ADDRESS, socket.remoteAddress());
        Memory.putShort(at + SOCKET_LOCAL_PORT, socket.localPort());
        Memory.putShort(at + SOCKET_REMOTE_PORT, socket.remotePort());
    }

    private void putAddress(final int field, final IpAddress address) {
        if (address != null) {
            Memory.putLongBE(at + field, address.high());
            Memory.putLongBE(at + field + 8, address.low());
        }
    }

    /** Whether connections wait that nobody took. */
    boolean hasWaiting() {
        return accepts != null && !accepts.isEmpty();
    }

    /** Another process may take what waits. */
    void tellAgain() {
        later(RECEIVE_EDGE);
    }

    // ---- who holds it

    boolean heldBy(final int process) {
        for (int i = 0; i < holderCount; i++) {
            if (holders[i] == process) {
                return true;
            }
        }
        return false;
    }

    /** Whether it stays open without {@code process}. */
    boolean heldByOthers(final int process) {
        return relays != null || holderCount > (heldBy(process) ? 1 : 0);
    }

    void hold(final int process) {
        if (!heldBy(process)) {
            if (holderCount == holders.length) {
                holders = Arrays.copyOf(holders, holderCount * 2);
            }
            holders[holderCount++] = process;
        }
    }

    /** Process {@code process} holds it no more; without holders it is closed. @param reset by RST, as with linger 0 */
    void unhold(final int process, final boolean reset) {
        for (int i = 0; i < holderCount; i++) {
            if (holders[i] == process) {
                holders[i] = holders[--holderCount];
                closeIfUnheld(reset);
                relayLater();
                return;
            }
        }
    }

    /** A descriptor stands for it from now on, in programs without the layer. */
    void add(final Relay relay) {
        relay.next = relays;
        relays = relay;
    }

    /** That descriptor went away everywhere. */
    void remove(final Relay relay) {
        if (relays == relay) {
            relays = relay.next;
        } else {
            for (Relay at = relays; at != null; at = at.next) {
                if (at.next == relay) {
                    at.next = relay.next;
                }
            }
        }
        closeIfUnheld(false);
    }

    boolean escalated() {
        return relays != null;
    }

    /** Whether no process with the layer holds it. */
    boolean unheld() {
        return holderCount == 0 && listener == null;
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
        if (socket != null && !closing && !sendShut && !instance.ended()) {
            sendShut = true;
            Memory.putIntRelease(at + SOCKET_TX_SHUT, 1);
            socket.shutdownSend();
        }
    }

    boolean isReset() {
        return (state & JR_SOCKET_RESET) != 0;
    }

    /** Whether nothing follows what was read. */
    boolean receiveEnded() {
        return (state & (JR_SOCKET_RX_EOF | JR_SOCKET_RESET)) != 0 && receive.consumed() == receive.produced();
    }

    /** Whether nothing more can be sent. */
    boolean sendEnded() {
        return closing || sendShut || (state & (JR_SOCKET_TX_CLOSED | JR_SOCKET_RESET)) != 0;
    }

    private void closeIfUnheld(final boolean reset) {
        if (holderCount == 0 && relays == null && listener == null) {
            close(reset);
        }
    }

    /** Closes it, whoever holds it. */
    void close(final boolean reset) {
        if (closing) {
            return;
        }
        dirty();
        closing = true;
        if (accepts != null) {
            while (!accepts.isEmpty()) {
                final ShmEndpoint waiting = accepts.remove();
                waiting.listener = null;
                waiting.close(true);
            }
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
        later(FINISH);
    }

    /** Gives the slot back before its socket ever worked. */
    void discard() {
        closing = true;
        done = true;
        later(FINISH);
    }

    /** Readiness queue {@code queue} is gone. */
    void forgetQueue(final int queue) {
        forgetIn(at + SOCKET_QUEUES, queue);
        forgetIn(at + SOCKET_EXCLUSIVE, queue);
    }

    private static void forgetIn(final long word, final int queue) {
        for (int shift = 0; shift < 64; shift += 16) {
            final long fields = Memory.getLongVolatile(word);
            if ((fields >>> shift & 0xffff) == queue + 1) {
                Memory.compareAndSetLong(word, fields, fields & ~(0xffffL << shift));
            }
        }
    }

    // ---- the end of the turn

    /** Shows programs what the turn brought; {@link #tell} follows. */
    void settle() {
        queued = false;
        int what = pending;
        pending = 0;
        if ((what & FINISH) != 0 && closing && done) {
            finish();
            return;
        }
        if (socket != null) {
            Memory.putInt(at + SOCKET_UNSENT, (int) (send.produced() - send.released()));
        }
        if ((what & ROOM) != 0 && Memory.getInt(at + SOCKET_TX_WANT) != 0 && send.roomy() && !starving()) {
            Memory.putIntVolatile(at + SOCKET_TX_WANT, 0);
            what |= SEND_EDGE;
        }
        if ((what & ADDRESSES) != 0 && socket != null) {
            writeAddresses();
            Memory.putShort(at + SOCKET_MSS, Math.clamp(socket.getOption(SocketOption.TCP_MAXSEG), 0, 65535));
        }
        relayLater();
        showState();
        told = what & (RECEIVE_EDGE | SEND_EDGE);
        if ((what & RECEIVE_EDGE) != 0) {
            Memory.putIntRelease(at + SOCKET_RX_EDGES, ++receiveEdges);
        }
        if ((what & SEND_EDGE) != 0) {
            Memory.putIntRelease(at + SOCKET_TX_EDGES, ++sendEdges);
        }
    }

    /** Tells queues and threads of the edges that {@link #settle} counted, a full fence later. */
    void tell() {
        final int what = told;
        if (what != 0) {
            told = 0;
            instance.readiness().tell(this, (what & RECEIVE_EDGE) != 0, (what & SEND_EDGE) != 0);
        }
    }

    /** Whether a holder waits for chunks: it is told once it has them. */
    private boolean starving() {
        for (int i = 0; i < holderCount; i++) {
            if (instance.starving(holders[i])) {
                return true;
            }
        }
        return false;
    }

    private void relayLater() {
        for (Relay relay = relays; relay != null; relay = relay.next) {
            instance.later(relay);
        }
    }

    private void finish() {
        if (!inUse()) {
            return;
        }
        socket = null;
        receive.release();
        send.release();
        generation++;
        Memory.putIntRelease(at + SOCKET_GENERATION, generation);
        instance.free(this);
    }

    /** Gives back what memory lies idle. @return whether there is nothing left to give */
    boolean idle() {
        return !inUse() || receive.idle() & send.idle();
    }

    @Override
    public String processes() {
        final StringBuilder ids = new StringBuilder();
        for (int i = 0; i < holderCount; i++) {
            ids.append(ids.isEmpty() ? "" : ",")
                    .append(instance.process(holders[i]).pid());
        }
        return ids.toString();
    }

    @Override
    public String note() {
        return relays == null ? "" : "escalated";
    }
}
