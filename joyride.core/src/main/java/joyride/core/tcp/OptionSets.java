package joyride.core.tcp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.socket.SocketOption;
import joyride.api.tcp.TcpTunables;

/**
 * Options that sockets share: of many sockets most have the same few sets. A set that is in the table costs its next socket nothing; what has
 * keys of TCP-MD5, or options of its congestion control, is its socket's own. On the event loop.
 */
final class OptionSets {
    private static final int PLACES = 256;
    private static final int TRIES = 4;

    private final SocketOptions[] known = new SocketOptions[PLACES];
    private final SocketOptions draft = new SocketOptions();

    /** What {@link #with} said: 0, or a positive errno. */
    private int error;

    /** What an accepted socket begins with. @param encapsPort UDP port of the peer; 0: plain TCP */
    SocketOptions inherited(final SocketOptions listener, final int encapsPort, final TcpTunables tunables) {
        draft.inherit(listener);
        if (tunables.functionsInherit == 0) {
            draft.variant = null;
        }
        draft.encapsPort = encapsPort;
        return shared();
    }

    /** {@code from} with one option changed; the same if that is refused: {@link #error}. */
    SocketOptions with(
            final SocketOptions from, final SocketOption option, final long value, final TcpTunables tunables) {
        draft.copy(from);
        error = draft.set(option, value, tunables);
        return error == 0 ? shared() : from;
    }

    /** {@code from} with another congestion control. */
    SocketOptions with(final SocketOptions from, final String congestionControl) {
        draft.copy(from);
        draft.congestionControl = congestionControl;
        draft.congestionOptions = SocketOptions.NONE;
        return shared();
    }

    /** {@code from} with one more option of its congestion control. */
    SocketOptions withCongestionOption(final SocketOptions from, final byte[] option) {
        draft.copy(from);
        final List<byte[]> all = new ArrayList<>();
        for (final byte[] known : from.congestionOptions) {
            if (!sameName(known, option)) {
                all.add(known);
            }
        }
        all.add(option.clone());
        draft.congestionOptions = all.toArray(byte[][]::new);
        return shared();
    }

    /** Each begins with the number of what it sets. */
    static boolean sameName(final byte[] one, final byte[] other) {
        return one.length >= Integer.BYTES
                && other.length >= Integer.BYTES
                && Arrays.equals(one, 0, Integer.BYTES, other, 0, Integer.BYTES);
    }

    /** {@code from} with another TCP variant. */
    SocketOptions withVariant(final SocketOptions from, final String variant) {
        draft.copy(from);
        draft.variant = variant;
        return shared();
    }

    /** {@code from} with a key set or, of no bytes, removed; the same if that is refused: {@link #error}. */
    SocketOptions with(final SocketOptions from, final IpAddress peer, final int prefix, final byte[] key) {
        final Md5Keys keys = new Md5Keys(from.md5Keys);
        error = keys.set(peer, prefix, key);
        if (error != 0) {
            return from;
        }
        draft.copy(from);
        draft.md5Keys = keys;
        return shared();
    }

    int error() {
        return error;
    }

    private SocketOptions shared() {
        if (draft.same(SocketOptions.DEFAULTS)) {
            return SocketOptions.DEFAULTS;
        }
        final boolean own = draft.md5Keys != Md5Keys.NONE || draft.congestionOptions != SocketOptions.NONE;
        final int first = draft.hash() * 0x9e3779b9 >>> 16;
        int place = first & PLACES - 1;
        for (int i = 0; i < TRIES && !own; i++) {
            final int at = first + i & PLACES - 1;
            if (known[at] == null) {
                place = at;
                break;
            }
            if (known[at].same(draft)) {
                return known[at];
            }
        }
        final SocketOptions made = new SocketOptions();
        made.copy(draft);
        draft.md5Keys = Md5Keys.NONE;
        draft.congestionOptions = SocketOptions.NONE;
        if (!own) {
            known[place] = made;
        }
        return made;
    }
}
