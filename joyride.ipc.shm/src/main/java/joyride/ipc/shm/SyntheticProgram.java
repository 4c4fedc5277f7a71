package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;
import joyride.linux.Messages;
import joyride.linux.UnixSockets;

/** A process as the libc layer makes one, in Java and in this process: its own mapping of the instance's memory. */
final class SyntheticProgram implements AutoCloseable {
    static final int WAITER = 0;

    final Messages messages = new Messages();
    final Arena arena = Arena.ofShared();
    final AttachMessage out = new AttachMessage(arena);
    final AttachMessage in = new AttachMessage(arena);
    final int connection;
    int doorbell = -1;
    /** Not a parent's. */
    private int ownDoorbell = -1;

    long base;
    long size;
    int number = -1;
    /** The answer to the last call. */
    int callSlot;

    int callGeneration;

    /** Connects; nothing is said yet. */
    SyntheticProgram(final Path path) {
        connection = UnixSockets.connect(path.toString());
        if (connection < 0) {
            throw new IllegalStateException("connect to " + path + ": errno " + -connection);
        }
    }

    /** A forked child with the parent's mapping, on its own end of a pair. */
    SyntheticProgram(final SyntheticProgram parent, final int connection) {
        this.connection = connection;
        base = parent.base;
        size = parent.size;
        doorbell = parent.doorbell;
    }

    void send(final AttachMessage message, final int... descriptors) {
        messages.send(
                connection,
                message.at,
                MESSAGE_SIZEOF,
                descriptors.length > 0 ? descriptors[0] : -1,
                descriptors.length > 1 ? descriptors[1] : -1);
    }

    void sayHello(final String name) {
        send(out.begin(JR_MSG_HELLO).value(ProcessHandle.current().pid()).text(name));
    }

    /** Receives an answer; its type, or 0 at the end, or a negative errno. */
    int receive() {
        in.clear();
        final int received = messages.receive(connection, in.at, MESSAGE_SIZEOF);
        return received <= 0 ? received : in.type();
    }

    /** Takes WELCOME in. */
    void welcomed() {
        if (receive() != JR_MSG_WELCOME) {
            throw new IllegalStateException("no WELCOME but " + in.type() + " " + in.text());
        }
        number = in.process();
        if (base == 0) {
            final int memory = messages.take(0);
            doorbell = messages.take(1);
            ownDoorbell = doorbell;
            size = in.value();
            base = Mappings.share(memory, size);
            Descriptors.close(memory);
        }
    }

    // ---- places (by the service's own numbers: tests scribble over the header)

    long socket(final int slot) {
        return base + InstanceMemory.SOCKETS_OFFSET + (long) slot * SOCKET_SIZEOF;
    }

    long process() {
        return base + InstanceMemory.PROCESSES_OFFSET + (long) number * PROCESS_SIZEOF;
    }

    long waiter(final int waiter) {
        return base + InstanceMemory.WAITERS_OFFSET + (long) waiter * WAITER_SIZEOF;
    }

    long queue(final int queue) {
        return base + InstanceMemory.QUEUES_OFFSET + (long) queue * QUEUE_SIZEOF;
    }

    private long chunk(final int index) {
        return base + InstanceMemory.CHUNKS_OFFSET + (long) index * JR_CHUNK;
    }

    // ---- telling the service

    void ring(final long bits) {
        Memory.getAndBitwiseOrLong(base + HEADER_RUNG, bits);
    }

    void markDirty(final int slot) {
        final long words = base + InstanceMemory.DIRTY_OFFSET;
        Memory.getAndBitwiseOrLong(words + 8L * (slot >> 6), 1L << slot);
        Memory.getAndBitwiseOrLong(base + HEADER_DIRTY + 8L * (slot >> 12), 1L << (slot >> 6));
        ring(JR_RING_SOCKETS);
    }

    void submit(final int op, final int slot, final int generation) {
        final long at = waiter(WAITER);
        Memory.putInt(at + WAITER_OWNER, number + 1);
        Memory.putInt(at + WAITER_OP, op);
        Memory.putInt(at + WAITER_SOCKET, slot);
        Memory.putInt(at + WAITER_GENERATION, generation);
        Memory.putIntRelease(at + WAITER_STATUS, JR_CALL_SUBMITTED);
        final long words = base + InstanceMemory.CALLS_OFFSET;
        Memory.getAndBitwiseOrLong(words + 8L * (WAITER >> 6), 1L << WAITER);
        Memory.getAndBitwiseOrLong(base + HEADER_CALLS, 1L << (WAITER >> 6));
        ring(JR_RING_CALLS);
    }

    /** The result of the call submitted last, which must be done. */
    int result() {
        final long at = waiter(WAITER);
        if (Memory.getIntAcquire(at + WAITER_STATUS) != JR_CALL_DONE) {
            throw new IllegalStateException("call not done");
        }
        callSlot = Memory.getInt(at + WAITER_SOCKET);
        callGeneration = Memory.getInt(at + WAITER_GENERATION);
        return Memory.getInt(at + WAITER_RESULT);
    }

    /** The slot that the call submitted last made. */
    int callSlotOf() {
        if (result() != 0) {
            throw new IllegalStateException("call failed: " + result());
        }
        return callSlot;
    }

    private void putAddress(final long at, final String address, final int port) {
        final IpAddress ip = IpAddress.parse(address);
        Memory.putLongBE(at + ADDRESS_ADDRESS, ip.high());
        Memory.putLongBE(at + ADDRESS_ADDRESS + 8, ip.low());
        Memory.putShort(at + ADDRESS_PORT, port);
        Memory.putShort(at + ADDRESS_FAMILY, 2);
    }

    void listen(final String address, final int port, final int backlog) {
        listen(address, port, backlog, 0);
    }

    /** @param twin cookie of the kernel's listener beside it */
    void listen(final String address, final int port, final int backlog, final long twin) {
        final long data = waiter(WAITER) + WAITER_DATA;
        Memory.zero(data, LISTEN_SIZEOF);
        putAddress(data + LISTEN_LOCAL, address, port);
        Memory.putInt(data + LISTEN_BACKLOG, backlog);
        Memory.putInt(data + LISTEN_LINGER, -1);
        Memory.putLong(data + LISTEN_TWIN, twin);
        submit(JR_OP_LISTEN, JR_NO_SOCKET, 0);
    }

    void connect(final String address, final int port) {
        final long data = waiter(WAITER) + WAITER_DATA;
        Memory.zero(data, CONNECT_SIZEOF);
        putAddress(data + CONNECT_REMOTE, address, port);
        putAddress(data + CONNECT_LOCAL, "0.0.0.0", 0);
        Memory.putInt(data + CONNECT_LINGER, -1);
        submit(JR_OP_CONNECT, JR_NO_SOCKET, 0);
    }

    void command(final int op, final int slot, final int generation, final int argument) {
        final long at = process();
        final int position = Memory.getInt(at + PROCESS_COMMAND_PROD);
        final long command = at + PROCESS_COMMANDS + (long) (position & JR_COMMANDS - 1) * COMMAND_SIZEOF;
        Memory.putInt(command + COMMAND_OP, op);
        Memory.putInt(command + COMMAND_SOCKET, slot);
        Memory.putInt(command + COMMAND_GENERATION, generation);
        Memory.putInt(command + COMMAND_ARGUMENT, argument);
        Memory.putIntRelease(at + PROCESS_COMMAND_PROD, position + 1);
        callAttention();
    }

    void callAttention() {
        Memory.getAndBitwiseOrLong(base + HEADER_PROCESS_ATTENTION + 8L * (number >> 6), 1L << number);
        ring(JR_RING_PROCESSES);
    }

    // ---- sockets

    int generation(final int slot) {
        return Memory.getInt(socket(slot) + SOCKET_GENERATION);
    }

    int state(final int slot) {
        return Memory.getIntAcquire(socket(slot) + SOCKET_STATE);
    }

    int error(final int slot) {
        return Memory.getInt(socket(slot) + SOCKET_ERROR);
    }

    /** Accepts a connection of a listener: its slot, or -1. */
    int accept(final int listener) {
        final long at = socket(listener);
        final long consumed = Memory.getLong(at + SOCKET_RX_CONS);
        if (consumed == Memory.getLongAcquire(at + SOCKET_RX_PROD)) {
            return -1;
        }
        final int slot = (int) Memory.getLong(receivePlace(at, consumed));
        Memory.putInt(socket(slot) + SOCKET_CLAIMED, number + 1);
        Memory.putLongRelease(at + SOCKET_RX_CONS, consumed + 8);
        markDirty(listener);
        return slot;
    }

    private long receivePlace(final long at, final long position) {
        int entry = newest(at + SOCKET_RX_NEWEST, position);
        if (entry == 0) {
            entry = Memory.getInt(
                    entry(position, at + SOCKET_RX_TABLE, at + SOCKET_RX_LARGE, at + SOCKET_RX_LARGE_FROM));
        }
        return chunk(entry - 1) + (position & JR_CHUNK - 1);
    }

    private static int newest(final long word, final long position) {
        final long newest = Memory.getLongVolatile(word);
        return (int) (newest >>> 32) == (int) (position >> JR_CHUNK_SHIFT) ? (int) newest : 0;
    }

    private long entry(final long position, final long table, final long large, final long from) {
        final long chunk = position >> JR_CHUNK_SHIFT;
        final int lent = Memory.getIntAcquire(large);
        if (lent == 0 || position < Memory.getLong(from)) {
            return table + 4 * (chunk & JR_TABLE - 1);
        }
        return base
                + InstanceMemory.LARGE_TABLES_OFFSET
                + 4L * JR_LARGE_TABLE * (lent - 1)
                + 4 * (chunk & JR_LARGE_TABLE - 1);
    }

    /** Reads what is there, up to {@code room} bytes. */
    byte[] read(final int slot, final int room) {
        final long at = socket(slot);
        long consumed = Memory.getLong(at + SOCKET_RX_CONS);
        final int length = (int) Math.min(room, Memory.getLongAcquire(at + SOCKET_RX_PROD) - consumed);
        final byte[] bytes = new byte[length];
        int done = 0;
        while (done < length) {
            final int piece = (int) Math.min(length - done, JR_CHUNK - (consumed & JR_CHUNK - 1));
            Memory.copyOut(receivePlace(at, consumed), bytes, done, piece);
            done += piece;
            consumed += piece;
        }
        if (length > 0) {
            Memory.putLongRelease(at + SOCKET_RX_CONS, consumed);
            if (consumed - Memory.getLong(at + SOCKET_RX_TOLD) >= Memory.getInt(at + SOCKET_RX_LIMIT) / 4) {
                Memory.putLong(at + SOCKET_RX_TOLD, consumed);
                markDirty(slot);
            }
            Memory.fullFence();
            if (Long.compareUnsigned(consumed, Memory.getLong(at + SOCKET_RX_WANTED)) >= 0) {
                markDirty(slot);
            }
        }
        return bytes;
    }

    /** Writes as much as there is room and chunks for, and says how much that was. */
    int write(final int slot, final byte[] bytes, final int from) {
        final long at = socket(slot);
        long produced = Memory.getLong(at + SOCKET_TX_PROD);
        final long limit = Memory.getLongAcquire(at + SOCKET_TX_CONS) + Memory.getInt(at + SOCKET_TX_LIMIT);
        int done = 0;
        while (from + done < bytes.length && produced < limit) {
            final int entry = sendEntry(at, produced);
            if (entry == 0) {
                break;
            }
            final int piece = (int) Math.min(
                    Math.min(bytes.length - from - done, limit - produced), JR_CHUNK - (produced & JR_CHUNK - 1));
            final long place = chunk(entry - 1) + (produced & JR_CHUNK - 1);
            Memory.copyIn(bytes, from + done, place, piece);
            done += piece;
            produced += piece;
        }
        if (done > 0) {
            Memory.putLongRelease(at + SOCKET_TX_PROD, produced);
            markDirty(slot);
        }
        if (from + done < bytes.length) {
            Memory.putIntVolatile(at + SOCKET_TX_WANT, 1);
            markDirty(slot);
        }
        return done;
    }

    /** What names the chunk of this position, a new one if there is none; 0: there is none to be had. */
    private int sendEntry(final long at, final long position) {
        int entry = newest(at + SOCKET_TX_NEWEST, position);
        if (entry == 0) {
            final long place = entry(position, at + SOCKET_TX_TABLE, at + SOCKET_TX_LARGE, at + SOCKET_TX_LARGE_FROM);
            entry = Memory.getInt(place);
            if (entry == 0) {
                entry = takeChunk() + 1;
                Memory.putInt(place, entry);
            }
            Memory.putLong(at + SOCKET_TX_NEWEST, SocketWords.newest(position >> JR_CHUNK_SHIFT, entry));
        }
        return entry;
    }

    int write(final int slot, final String text) {
        return write(slot, text.getBytes(StandardCharsets.UTF_8), 0);
    }

    String readText(final int slot) {
        return new String(read(slot, 1 << 20), StandardCharsets.UTF_8);
    }

    int takeChunk() {
        final long at = process();
        final int next = Memory.getInt(at + PROCESS_MAGAZINE_CONS);
        if (next == Memory.getIntAcquire(at + PROCESS_MAGAZINE_PROD)) {
            Memory.putIntVolatile(at + PROCESS_MAGAZINE_WANT, 1);
            callAttention();
            return -1;
        }
        final int index = Memory.getInt(at + PROCESS_MAGAZINE + 4L * (next & JR_MAGAZINE - 1));
        Memory.putIntRelease(at + PROCESS_MAGAZINE_CONS, next + 1);
        return index;
    }

    void shutdownSend(final int slot) {
        Memory.putIntRelease(socket(slot) + SOCKET_TX_SHUT, 1);
        markDirty(slot);
    }

    void closeSocket(final int slot) {
        command(JR_COMMAND_CLOSE, slot, generation(slot), 0);
    }

    /** Ends as a killed process does: its connection hangs up. */
    void die() {
        Descriptors.close(connection);
    }

    @Override
    public void close() {
        die();
        if (ownDoorbell >= 0) {
            Descriptors.close(ownDoorbell);
        }
        messages.close();
        arena.close();
    }
}
