package joyride.bench.crowd;

import joyride.api.memory.Memory;
import joyride.api.socket.Endpoint;
import joyride.api.socket.ReceiveRing;
import joyride.api.socket.SendRing;
import joyride.api.socket.Socket;

/** A program's end of a connection in this process: a server's sends back what comes, a client's asks again once it has its answer. */
final class PeerEnd implements Endpoint {
    private final Peers peers;
    private final Receive receive;
    private final Send send;
    private Socket socket;
    private boolean listens;
    private final boolean client;
    private boolean accepted;
    private boolean arrived;
    private boolean queued;
    private boolean asks;

    /** @param client whether it asks; else it answers, or listens */
    PeerEnd(final Peers peers, final boolean client) {
        this.peers = peers;
        this.client = client;
        receive = new Receive(peers);
        send = new Send(peers);
    }

    void socket(final Socket opened) {
        socket = opened;
    }

    /** It is a listener's. */
    void listens() {
        listens = true;
    }

    /** Begins to ask, or ends once it has its answer. */
    void asks(final boolean now) {
        asks = now;
        if (now) {
            ask();
        }
    }

    private void ask() {
        peers.asked();
        send.fill(Peers.MESSAGE);
        socket.written();
    }

    /** What the program does in its turn. */
    void act() {
        queued = false;
        if (!client && !accepted && !listens) {
            accepted = true;
            socket.accepted();
        }
        if (!arrived) {
            return;
        }
        arrived = false;
        final int count = (int) (receive.produced - receive.consumed);
        if (count == 0) {
            return;
        }
        if (!client) {
            send.write(receive.memory, receive.consumed, count);
        }
        receive.take(count);
        socket.consumed();
        if (!client) {
            socket.written();
        } else if (receive.consumed % Peers.MESSAGE == 0) {
            peers.answered();
            if (asks) {
                ask();
            }
        }
    }

    private void tell() {
        if (!queued) {
            queued = true;
            peers.later(this);
        }
    }

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
        arrived = true;
        tell();
    }

    @Override
    public void writable() {
        // A message is smaller than any buffer.
    }

    @Override
    public void connected() {
        peers.connected();
    }

    @Override
    public void endOfStream() {
        failed(0);
    }

    @Override
    public void sendClosed() {
        failed(0);
    }

    @Override
    public void failed(final int errno) {
        peers.failed("a connection ended, error " + errno);
    }

    @Override
    public void closed() {
        // Nobody closes.
    }

    @Override
    public void receiveLimit(final int bytes) {
        // Nobody asks.
    }

    @Override
    public Endpoint incoming(final Socket opened) {
        final PeerEnd end = new PeerEnd(peers, false);
        end.socket = opened;
        end.tell();
        return end;
    }

    /** Bytes under way to the peer; has memory while there are any. */
    private static final class Send implements SendRing {
        private final Peers peers;
        private long produced;
        private long released;
        private long memory;
        private int limit;

        Send(final Peers peers) {
            this.peers = peers;
        }

        /** Bytes of another ring. @param from its memory. @param at the position of the first there */
        void write(final long from, final long at, final int length) {
            if (produced - released + length > Peers.ROOM) {
                peers.failed("more is under way than was asked for");
                return;
            }
            room();
            for (int i = 0; i < length; i++) {
                Memory.putByte(
                        memory + (produced + i & Peers.ROOM - 1), Memory.getByte(from + (at + i & Peers.ROOM - 1)));
            }
            produced += length;
        }

        /** So many bytes, of no meaning. */
        void fill(final int length) {
            room();
            produced += length;
        }

        private void room() {
            if (memory == 0) {
                memory = peers.take();
            }
        }

        @Override
        public long produced() {
            return produced;
        }

        @Override
        public long released() {
            return released;
        }

        @Override
        public long address(final long position) {
            return memory + (position & Peers.ROOM - 1);
        }

        @Override
        public int contiguous(final long position, final int most) {
            return (int) Math.min(Math.min(most, produced - position), Peers.ROOM - (position & Peers.ROOM - 1));
        }

        @Override
        public void release(final long position) {
            released = position;
            if (released == produced && memory != 0) {
                peers.give(memory);
                memory = 0;
            }
        }

        @Override
        public void limit(final int bytes) {
            limit = bytes;
        }

        @Override
        public int limit() {
            return limit;
        }
    }

    /** Bytes to be read; has memory while there are any. */
    private static final class Receive implements ReceiveRing {
        private final Peers peers;
        private long produced;
        private long consumed;
        private long memory;

        Receive(final Peers peers) {
            this.peers = peers;
        }

        void take(final int length) {
            consumed += length;
            if (consumed == produced) {
                peers.give(memory);
                memory = 0;
            }
        }

        @Override
        public long reserve(final long position, final int length) {
            return Math.min(position + length, consumed + Peers.ROOM);
        }

        @Override
        public void write(final long position, final long address, final int length) {
            if (memory == 0) {
                memory = peers.take();
            }
            for (int i = 0; i < length; i++) {
                Memory.putByte(memory + (position + i & Peers.ROOM - 1), Memory.getByte(address + i));
            }
        }

        @Override
        public void publish(final long position) {
            produced = position;
        }

        @Override
        public long produced() {
            return produced;
        }

        @Override
        public long consumed() {
            return consumed;
        }

        @Override
        public void read(final long position, final long address, final int length) {
            for (int i = 0; i < length; i++) {
                Memory.putByte(address + i, Memory.getByte(memory + (position + i & Peers.ROOM - 1)));
            }
        }
    }
}
