package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.socket.Socket;

/** Words of a socket slot that the service sets as a whole. */
final class SocketWords {
    /** {@code rx_wanted} while no reading is of interest. */
    static final long NEVER = -1;

    private SocketWords() {}

    /** Clears the slot at {@code at} for a new use; locks stay as they are. */
    static void clear(final long at) {
        Memory.putInt(at + SOCKET_STATE, 0);
        Memory.putInt(at + SOCKET_RX_LIMIT, 0);
        Memory.putInt(at + SOCKET_ERROR, 0);
        Memory.putInt(at + SOCKET_RX_EDGES, 0);
        Memory.putInt(at + SOCKET_TX_EDGES, 0);
        Memory.putInt(at + SOCKET_UNSENT, 0);
        Memory.putLong(at + SOCKET_RX_WANTED, NEVER);
        Memory.putLong(at + SOCKET_RX_NEWEST, 0);
        Memory.putInt(at + SOCKET_RX_WAITER, 0);
        Memory.putInt(at + SOCKET_RX_SHUT, 0);
        Memory.putInt(at + SOCKET_CLAIMED, 0);
        Memory.putLong(at + SOCKET_RX_TOLD, 0);
        Memory.putLong(at + SOCKET_QUEUES, 0);
        Memory.putLong(at + SOCKET_EXCLUSIVE, 0);
        Memory.putLong(at + SOCKET_OOB_MARK, 0);
        Memory.putInt(at + SOCKET_FILE_FLAGS, 0);
        Memory.putInt(at + SOCKET_RCVLOWAT, 0);
        Memory.putInt(at + SOCKET_TX_WAITER, 0);
        Memory.putInt(at + SOCKET_TX_SHUT, 0);
        Memory.putInt(at + SOCKET_TX_WANT, 0);
        Memory.putInt(at + SOCKET_TX_MORE, 0);
        Memory.putInt(at + SOCKET_OPTION_SEQ, 0);
        Memory.putLong(at + SOCKET_TX_URGENT, 0);
        Memory.putLong(at + SOCKET_TX_NEWEST, 0);
        Memory.putInt(at + SOCKET_RCVTIMEO_MS, 0);
        Memory.putInt(at + SOCKET_SNDTIMEO_MS, 0);
        Memory.zero(at + SOCKET_RX_LARGE_FROM, SOCKET_SIZEOF - SOCKET_RX_LARGE_FROM);
        Memory.putInt(at + SOCKET_LINGER, -1);
    }

    /** As {@code rx_newest} and {@code tx_newest} have it. @param entry of the chunk, of that number in the stream */
    static long newest(final long chunk, final int entry) {
        return chunk << 32 | entry;
    }

    /** A word of each line that talking touches, as {@link joyride.api.memory.ReadsAhead}. */
    static int readAhead(final long at) {
        return Memory.getInt(at + SOCKET_RX_PROD)
                + Memory.getInt(at + SOCKET_RX_CONS)
                + Memory.getInt(at + SOCKET_TX_PROD);
    }

    /** Shows the addresses and ports that {@code socket} has now. */
    static void addresses(final long at, final Socket socket) {
        address(at + SOCKET_LOCAL_ADDRESS, socket.localAddress());
        address(at + SOCKET_REMOTE_ADDRESS, socket.remoteAddress());
        Memory.putShort(at + SOCKET_LOCAL_PORT, socket.localPort());
        Memory.putShort(at + SOCKET_REMOTE_PORT, socket.remotePort());
    }

    private static void address(final long field, final IpAddress address) {
        if (address != null) {
            Memory.putLongBE(field, address.high());
            Memory.putLongBE(field + 8, address.low());
        }
    }

    /** Readiness queue {@code queue} is gone: the slot names it no more. */
    static void forgetQueue(final long at, final int queue) {
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
}
