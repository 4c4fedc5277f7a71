package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import joyride.api.socket.Errno;
import joyride.api.tcp.TcpTunables;
import org.junit.jupiter.api.Test;

/** TCP_CCALGOOPT of newreno. */
class NewRenoStateTest {
    private static final int BETA = 1;
    private static final int BETA_ECN = 2;

    private final TcpTunables tunables = new TcpTunables();
    private final NewRenoState state = new NewRenoState();

    private static byte[] option(final int name, final int value) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.nativeOrder())
                .putInt(name)
                .putInt(value)
                .array();
    }

    private int get(final NewRenoState of, final int name) {
        final byte[] answer = option(name, 0);
        assertEquals(0, NewRenoState.get(of, answer, tunables));
        return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).getInt(4);
    }

    @Test
    void shouldGoByTheSysctlsUntilTheProgramChooses() {
        assertEquals(50, state.beta(tunables));
        assertEquals(50, state.betaEcn(tunables), "an echo is as good as a loss without abe");
        assertEquals(80, get(null, BETA_ECN));
        tunables.ccAbe = 1;
        assertEquals(80, state.betaEcn(tunables));
        tunables.ccAbe = 0;
        assertEquals(0, NewRenoState.set(state, option(BETA, 70)));
        assertEquals(70, state.beta(tunables));
        assertEquals(70, state.betaEcn(tunables));
        assertEquals(0, NewRenoState.set(state, option(BETA_ECN, 100)));
        assertEquals(100, state.betaEcn(tunables), "chosen for this connection, whatever the sysctl says");
        assertEquals(70, get(state, BETA));
        assertEquals(100, get(state, BETA_ECN));
        state.clear();
        assertEquals(50, state.beta(tunables));
    }

    @Test
    void shouldRefuseWhatFreeBsdRefuses() {
        assertEquals(Errno.EMSGSIZE, NewRenoState.set(state, new byte[4]));
        assertEquals(Errno.ENOPROTOOPT, NewRenoState.set(state, option(3, 1)));
        assertEquals(Errno.EINVAL, NewRenoState.set(null, option(BETA, 0)));
        assertEquals(Errno.EINVAL, NewRenoState.set(null, option(BETA, 101)));
        assertEquals(0, NewRenoState.set(null, option(BETA, 100)));
        assertEquals(50, state.beta(tunables));
        assertEquals(Errno.EMSGSIZE, NewRenoState.get(state, new byte[9], tunables));
        assertEquals(Errno.ENOPROTOOPT, NewRenoState.get(state, option(7, 0), tunables));
    }
}
