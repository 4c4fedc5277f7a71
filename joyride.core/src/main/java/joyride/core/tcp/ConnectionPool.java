package joyride.core.tcp;

import java.util.ArrayDeque;
import joyride.api.tcp.ReassemblyQueue;
import joyride.api.tcp.SackScoreboard;
import joyride.api.tcp.SendMap;

/** Control blocks between their lives, and what few connections need at a time. */
final class ConnectionPool {
    private TcpConnection free;
    private TcpConnection retired;
    private final ArrayDeque<SackScoreboard> scoreboards = new ArrayDeque<>();
    private final ArrayDeque<SendMap> sendMaps = new ArrayDeque<>();
    private final MapRooms rooms = new MapRooms();
    private final ArrayDeque<ReassemblyQueue> reassemblies = new ArrayDeque<>();
    private final ArrayDeque<TcpConnection.Pace> paces = new ArrayDeque<>();
    private int paced;
    private final ArrayDeque<SocketName> names = new ArrayDeque<>();

    TcpConnection take() {
        final TcpConnection taken = free;
        if (taken == null) {
            return new TcpConnection();
        }
        free = taken.next;
        taken.recycle();
        return taken;
    }

    /** Entry of the pacing wheel for {@code connection}, until {@link #giveBack}. */
    TcpConnection.Pace pace(final TcpConnection connection) {
        final TcpConnection.Pace known = paces.pollLast();
        final TcpConnection.Pace taken = known == null ? new TcpConnection.Pace() : known;
        paced++;
        taken.connection = connection;
        return taken;
    }

    void giveBack(final TcpConnection.Pace lent) {
        lent.connection = null;
        paces.addLast(lent);
        paced--;
    }

    /** Entries of the pacing wheel that are lent. */
    int paced() {
        return paced;
    }

    /** Without any address, until {@link #giveBack}. */
    SocketName name() {
        final SocketName known = names.pollLast();
        return known == null ? new SocketName() : known;
    }

    void giveBack(final SocketName lent) {
        lent.clear();
        names.addLast(lent);
    }

    /** Back to the pool, once nobody up the stack can still look at it: {@link #settle}. */
    void retire(final TcpConnection connection) {
        connection.next = retired;
        retired = connection;
    }

    /** Between two calls from outside: what was retired is free. */
    void settle() {
        TcpConnection connection = retired;
        retired = null;
        while (connection != null) {
            final TcpConnection following = connection.next;
            giveBack(connection.sack);
            connection.sack = null;
            giveBack(connection.sendMap);
            connection.sendMap = null;
            giveBack(connection.reassembly);
            connection.reassembly = null;
            connection.next = free;
            free = connection;
            connection = following;
        }
    }

    /** A congestion control comes or goes: what it left in free control blocks goes too. */
    void forgetCongestionState() {
        for (TcpConnection connection = free; connection != null; connection = connection.next) {
            connection.ccPrivate = null;
        }
    }

    /** An empty one, until {@link #giveBack}. @param holes with which it is counted */
    SackScoreboard scoreboard(final SackScoreboard.HoleCount holes) {
        SackScoreboard taken = scoreboards.pollLast();
        if (taken == null) {
            taken = new SackScoreboard();
        }
        taken.countWith(holes);
        return taken;
    }

    /** An empty one, until {@link #giveBack}. */
    ReassemblyQueue reassembly() {
        final ReassemblyQueue taken = reassemblies.pollLast();
        if (taken == null) {
            return new ReassemblyQueue();
        }
        taken.clear();
        return taken;
    }

    /** @param lent null: nothing was */
    void giveBack(final SackScoreboard lent) {
        if (lent != null) {
            lent.clear();
            scoreboards.addLast(lent);
        }
    }

    /** An empty one, until {@link #giveBack}. */
    SendMap sendMap() {
        final SendMap known = sendMaps.pollLast();
        return known == null ? new SendMap(rooms) : known;
    }

    /** Entries that all maps lent have room for. */
    long lentEntries() {
        return rooms.lent();
    }

    /** @param lent null: nothing was */
    void giveBack(final SendMap lent) {
        if (lent != null) {
            lent.clear();
            sendMaps.addLast(lent);
        }
    }

    /** @param lent null: nothing was */
    void giveBack(final ReassemblyQueue lent) {
        if (lent != null) {
            reassemblies.addLast(lent);
        }
    }
}
