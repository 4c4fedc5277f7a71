package joyride.testkit.simulation;

import joyride.api.socket.Socket;
import joyride.api.socket.SocketOption;

/**
 * The socket options of a simulated program, some set before anything is sent, some in the middle: keepalive, Nagle's algorithm, held back segments, buffers
 * of exact and sometimes tiny sizes. They follow from what it sends, and plans of bulk data have none.
 */
final class ProgramHabits {
    private static final int FREQUENT = 5;
    private static final int RARE = 12;

    private final StreamPlan plan;
    private final SeededRandom random;
    private final boolean keepsAlive;
    private final boolean atOnce;
    private final boolean corks;
    private final boolean resizesReceive;
    private final boolean resizesSend;
    private boolean corked;
    private boolean resized;

    ProgramHabits(final StreamPlan plan) {
        this.plan = plan;
        random = new SeededRandom(plan.sendKey() ^ plan.sendBytes() << 32);
        final boolean any = plan.writeMost() != plan.readMost();
        // A peer that is done forgets the connection in the end, and would answer a probe by RST before all is read.
        keepsAlive = any && random.nextInt(FREQUENT) == 0 && plan.firstRead() == 0;
        atOnce = any && random.nextInt(FREQUENT) == 0;
        corks = any && random.nextInt(RARE) == 0;
        resizesReceive = any && random.nextInt(RARE) == 0;
        resizesSend = any && random.nextInt(RARE) == 0;
    }

    void begin(final Socket socket) {
        if (keepsAlive) {
            socket.setOption(SocketOption.TCP_KEEPIDLE, random.between(1, 60));
            socket.setOption(SocketOption.TCP_KEEPINTVL, random.between(1, 10));
            socket.setOption(SocketOption.SO_KEEPALIVE, 1);
        }
        if (atOnce) {
            socket.setOption(SocketOption.TCP_NODELAY, 1);
        }
        if (corks) {
            socket.setOption(SocketOption.TCP_NOPUSH, 1);
            corked = true;
        }
        if (resizesReceive && random.chance(0.5)) {
            socket.setOption(SocketOption.SO_RCVBUF, random.spread(1024, 65536));
        }
    }

    /** So much is written and read by now. */
    void progress(final Socket socket, final long sent, final long received) {
        if (corked && sent >= plan.sendBytes() / 2) {
            corked = false;
            socket.setOption(SocketOption.TCP_NOPUSH, 0);
        }
        if (!resized && (sent > plan.sendBytes() / 3 || received > plan.expectBytes() / 3)) {
            resized = true;
            if (resizesReceive) {
                socket.setOption(SocketOption.SO_RCVBUF, random.spread(1024, 200_000));
            }
            if (resizesSend) {
                socket.setOption(SocketOption.SO_SNDBUF, random.spread(1024, 200_000));
            }
        }
    }
}
