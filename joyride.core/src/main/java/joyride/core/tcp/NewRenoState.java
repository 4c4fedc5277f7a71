package joyride.core.tcp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import joyride.api.socket.Errno;
import joyride.api.tcp.HyStart;
import joyride.api.tcp.TcpTunables;

/** What NewReno keeps of a connection: slow start's end, and the factors that its program chose (struct cc_newreno_opts: name, percent). */
final class NewRenoState {
    private static final int LENGTH = 8;
    private static final int BETA = 1;
    private static final int BETA_ECN = 2;
    private static final int PERCENT = 100;

    final HyStart hyStart = new HyStart();

    /** Percent of the window that a loss leaves; 0: the sysctl. */
    private byte beta;

    /** Percent that an ECN echo leaves; 0: the sysctls. */
    private byte betaEcn;

    void clear() {
        hyStart.clear();
        beta = 0;
        betaEcn = 0;
    }

    int beta(final TcpTunables tunables) {
        return beta != 0 ? beta : tunables.ccNewrenoBeta;
    }

    /** What an ECN echo leaves (RFC 8511): asked for by the connection's program or by the sysctl; else as a loss. */
    int betaEcn(final TcpTunables tunables) {
        if (betaEcn != 0) {
            return betaEcn;
        }
        return tunables.ccAbe != 0 ? tunables.ccNewrenoBetaEcn : beta(tunables);
    }

    /** @param state null: says whether it would be taken */
    static int set(final NewRenoState state, final byte[] option) {
        if (option.length != LENGTH) {
            return Errno.EMSGSIZE;
        }
        final ByteBuffer words = ByteBuffer.wrap(option).order(ByteOrder.nativeOrder());
        final int name = words.getInt(0);
        final int percent = words.getInt(Integer.BYTES);
        if (name != BETA && name != BETA_ECN) {
            return Errno.ENOPROTOOPT;
        }
        if (percent < 1 || percent > PERCENT) {
            return Errno.EINVAL;
        }
        if (state != null && name == BETA) {
            state.beta = (byte) percent;
        } else if (state != null) {
            state.betaEcn = (byte) percent;
        }
        return 0;
    }

    /** @param state null: what a new connection has */
    static int get(final NewRenoState state, final byte[] option, final TcpTunables tunables) {
        if (option.length != LENGTH) {
            return Errno.EMSGSIZE;
        }
        final ByteBuffer words = ByteBuffer.wrap(option).order(ByteOrder.nativeOrder());
        final boolean own = state != null;
        switch (words.getInt(0)) {
            case BETA -> words.putInt(Integer.BYTES, own ? state.beta(tunables) : tunables.ccNewrenoBeta);
            case BETA_ECN ->
                words.putInt(Integer.BYTES, own && state.betaEcn != 0 ? state.betaEcn : tunables.ccNewrenoBetaEcn);
            default -> {
                return Errno.ENOPROTOOPT;
            }
        }
        return 0;
    }
}
