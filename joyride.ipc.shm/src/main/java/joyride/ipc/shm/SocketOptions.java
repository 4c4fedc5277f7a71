package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.Arrays;
import joyride.api.memory.Memory;
import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;

/** The options of an instance's sockets as the service knows them; what a program changed in its slot is carried out. On the event loop. */
final class SocketOptions {
    private static final int FIELDS = (SOCKET_TTL - SOCKET_OPTION_FLAGS) / 4 + 1;
    private static final int SNDBUF = (SOCKET_SNDBUF - SOCKET_OPTION_FLAGS) / 4;
    private static final int RCVBUF = (SOCKET_RCVBUF - SOCKET_OPTION_FLAGS) / 4;
    private static final int KEEPIDLE = (SOCKET_KEEPIDLE - SOCKET_OPTION_FLAGS) / 4;
    private static final int KEEPINTVL = (SOCKET_KEEPINTVL - SOCKET_OPTION_FLAGS) / 4;
    private static final int KEEPCNT = (SOCKET_KEEPCNT - SOCKET_OPTION_FLAGS) / 4;
    private static final int LINGER = (SOCKET_LINGER - SOCKET_OPTION_FLAGS) / 4;
    private static final int USER_TIMEOUT = (SOCKET_USER_TIMEOUT_MS - SOCKET_OPTION_FLAGS) / 4;
    private static final int MAXSEG = (SOCKET_MAXSEG - SOCKET_OPTION_FLAGS) / 4;
    private static final int TOS = (SOCKET_TOS - SOCKET_OPTION_FLAGS) / 4;
    private static final int TTL = (SOCKET_TTL - SOCKET_OPTION_FLAGS) / 4;

    /** What a socket begins with. */
    private static final int[] DEFAULTS = defaults();

    /** Sets that were written before, by place: most sockets have one of a few, and share it. */
    private static final int KNOWN = 256;

    private final int[][] known = new int[KNOWN][];
    private final int[] read = new int[FIELDS];

    private static int[] defaults() {
        final int[] values = new int[FIELDS];
        values[LINGER] = -1;
        return values;
    }

    /** Begins a new use of the slot. */
    static void begin(final SlotBooks of) {
        of.optionValues = DEFAULTS;
        of.optionSequence = 0;
        of.optionMore = false;
    }

    /** An accepted socket starts with its listener's options, which core has given it already. */
    static void inherit(final ShmEndpoint listener, final ShmEndpoint accepted) {
        accepted.optionValues = listener.optionValues;
        for (int i = 0; i < FIELDS; i++) {
            Memory.putInt(accepted.at + SOCKET_OPTION_FLAGS + 4L * i, accepted.optionValues[i]);
        }
        inherit(listener, accepted, SOCKET_RCVLOWAT);
        inherit(listener, accepted, SOCKET_RCVTIMEO_MS);
        inherit(listener, accepted, SOCKET_SNDTIMEO_MS);
    }

    private static void inherit(final ShmEndpoint listener, final ShmEndpoint accepted, final int field) {
        Memory.putInt(accepted.at + field, Memory.getInt(listener.at + field));
    }

    /** Copies the options of a call ({@code option_flags} to {@code ttl}) into the slot and carries them out. */
    void accept(final ShmEndpoint endpoint, final long from) {
        for (int i = 0; i < FIELDS; i++) {
            Memory.putInt(endpoint.at + SOCKET_OPTION_FLAGS + 4L * i, Memory.getInt(from + 4L * i));
        }
        apply(endpoint);
    }

    /** Carries out what changed since the last look. */
    void refresh(final ShmEndpoint endpoint) {
        final int now = Memory.getIntAcquire(endpoint.at + SOCKET_OPTION_SEQ);
        if (now != endpoint.optionSequence) {
            endpoint.optionSequence = now;
            apply(endpoint);
        }
        final boolean waits = Memory.getInt(endpoint.at + SOCKET_TX_MORE) != 0;
        if (waits != endpoint.optionMore) {
            endpoint.optionMore = waits;
            set(endpoint.socket(), SocketOption.TCP_NOPUSH, more(endpoint) | endpoint.optionValues[0] >>> 1 & 1);
        }
    }

    private static int more(final SlotBooks of) {
        return of.optionMore ? 1 : 0;
    }

    private void apply(final ShmEndpoint endpoint) {
        for (int i = 0; i < FIELDS; i++) {
            read[i] = Memory.getInt(endpoint.at + SOCKET_OPTION_FLAGS + 4L * i);
        }
        final int[] before = endpoint.optionValues;
        final int[] now = shared();
        endpoint.optionValues = now;
        for (int i = 0; i < FIELDS; i++) {
            if (now[i] != before[i]) {
                if (i == 0) {
                    flags(endpoint, now[i], now[i] ^ before[i]);
                } else {
                    value(endpoint.socket(), i, now[i]);
                }
            }
        }
    }

    /** What was read, as an array that nobody writes to. */
    private int[] shared() {
        final int place = (Arrays.hashCode(read) * 0x9e3779b9 >>> 16) & KNOWN - 1;
        if (known[place] == null || !Arrays.equals(known[place], read)) {
            known[place] = read.clone();
        }
        return known[place];
    }

    private static void flags(final ShmEndpoint endpoint, final int flags, final int changed) {
        final Socket socket = endpoint.socket();
        flag(socket, flags, changed, JR_OPTION_NODELAY, SocketOption.TCP_NODELAY);
        flag(socket, flags | more(endpoint) << 1, changed, JR_OPTION_NOPUSH, SocketOption.TCP_NOPUSH);
        flag(socket, flags, changed, JR_OPTION_KEEPALIVE, SocketOption.SO_KEEPALIVE);
        flag(socket, flags, changed, JR_OPTION_QUICKACK, SocketOption.TCP_QUICKACK);
        flag(socket, flags, changed, JR_OPTION_OOBINLINE, SocketOption.SO_OOBINLINE);
    }

    private static void flag(
            final Socket socket, final int flags, final int changed, final int bit, final SocketOption option) {
        if ((changed & bit) != 0) {
            set(socket, option, (flags & bit) == 0 ? 0 : 1);
        }
    }

    private static void value(final Socket socket, final int field, final int value) {
        if (field == LINGER) {
            set(socket, SocketOption.SO_LINGER, value);
        } else if (field == USER_TIMEOUT) {
            set(socket, SocketOption.TCP_MAXUNACKTIME, value);
        } else if (field == TOS) {
            set(socket, SocketOption.IP_TOS, value);
        } else if (value != 0) {
            final SocketOption option = option(field);
            if (option != null) {
                set(socket, option, value & 0xffff_ffffL);
            }
        }
    }

    private static SocketOption option(final int field) {
        if (field == SNDBUF) {
            return SocketOption.SO_SNDBUF;
        } else if (field == RCVBUF) {
            return SocketOption.SO_RCVBUF;
        } else if (field == KEEPIDLE) {
            return SocketOption.TCP_KEEPIDLE;
        } else if (field == KEEPINTVL) {
            return SocketOption.TCP_KEEPINTVL;
        } else if (field == KEEPCNT) {
            return SocketOption.TCP_KEEPCNT;
        } else if (field == MAXSEG) {
            return SocketOption.TCP_MAXSEG;
        } else if (field == TTL) {
            return SocketOption.IP_TTL;
        }
        return null;
    }

    /** The layer has checked the value as Linux does; what the stack still refuses keeps the value it had. */
    private static void set(final Socket socket, final SocketOption option, final long value) {
        socket.setOption(option, value);
    }

    // ---- left to a successor

    static void save(final SlotBooks of, final BooksWriter to) {
        to.numbers(of.optionValues, FIELDS).number(of.optionSequence).flag(of.optionMore);
    }

    void restore(final SlotBooks of, final BooksReader from) {
        final int[] saved = from.numbers(FIELDS);
        System.arraycopy(saved, 0, read, 0, saved.length);
        of.optionValues = shared();
        of.optionSequence = from.number();
        of.optionMore = from.flag();
    }
}
