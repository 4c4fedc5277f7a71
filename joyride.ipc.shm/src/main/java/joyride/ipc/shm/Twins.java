package joyride.ipc.shm;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Netlink;

/**
 * Asks the kernel by sock_diag whether a listener of its own still exists, whoever in the system holds it. It sees the
 * service's network namespace alone. Answers are there when the question has been sent: nothing waits. For control paths; on
 * the event loop.
 */
final class Twins implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Twins.class.getName());
    private static final short SOCK_DIAG_BY_FAMILY = 20;
    private static final short NLM_F_REQUEST_DUMP = 0x301;
    private static final short NLMSG_ERROR = 2;
    private static final short NLMSG_DONE = 3;
    private static final byte IPPROTO_TCP = 6;
    private static final int LISTENING = 1 << 10;
    private static final int HEADER = 16;
    /** struct inet_diag_req_v2 behind the header. */
    private static final int REQUEST = HEADER + 56;

    private static final int REQUEST_STATES = HEADER + 4;
    private static final int REQUEST_PORT = HEADER + 8;
    /** struct inet_diag_msg behind the header: the cookie, in two halves. */
    private static final int ANSWER_COOKIE = HEADER + 44;

    private static final int ROOM = 32768;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment room = arena.allocate(ROOM, 8);
    private final Netlink netlink;
    private int unseen;

    /** Where the system has no sock_diag all twins are out of sight, and the log says so. */
    Twins() {
        this(open());
    }

    /** @param netlink of sock_diag; null: there is none */
    Twins(final Netlink netlink) {
        this.netlink = netlink;
    }

    private static Netlink open() {
        try {
            return new Netlink(Netlink.SOCK_DIAG, 0);
        } catch (final IllegalStateException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the kernel's listeners cannot be looked up: " + e.getMessage()
                            + "; that a program has let go of one is believed of its own word alone");
            return null;
        }
    }

    /**
     * Whether a listener of the kernel exists.
     *
     * @param family AF_INET or AF_INET6
     * @param cookie what SO_COOKIE says of it
     */
    boolean exists(final int family, final int port, final long cookie) {
        if (netlink == null) {
            return false;
        }
        room.asSlice(0, REQUEST).fill((byte) 0);
        room.set(INT, 0, REQUEST);
        room.set(ValueLayout.JAVA_SHORT, 4, SOCK_DIAG_BY_FAMILY);
        room.set(ValueLayout.JAVA_SHORT, 6, NLM_F_REQUEST_DUMP);
        room.set(ValueLayout.JAVA_BYTE, HEADER, (byte) family);
        room.set(ValueLayout.JAVA_BYTE, HEADER + 1, IPPROTO_TCP);
        room.set(INT, REQUEST_STATES, LISTENING);
        room.set(ValueLayout.JAVA_SHORT, REQUEST_PORT, Short.reverseBytes((short) port));
        boolean found = false;
        if (netlink.send(room.address(), REQUEST) == REQUEST) {
            int length;
            while ((length = netlink.receive(room.address(), ROOM)) > 0) {
                final int seen = look(Math.min(length, ROOM), cookie);
                found |= seen > 0;
                if (seen != 0 && seen != 1) {
                    break;
                }
            }
        }
        return found;
    }

    /** @return 0: not among these; 1: it is; 2: it is, and nothing follows; -1: it is not, and nothing follows */
    private int look(final int length, final long cookie) {
        boolean found = false;
        int at = 0;
        while (at + HEADER <= length) {
            final int size = room.get(INT, at);
            final short type = room.get(ValueLayout.JAVA_SHORT, at + 4L);
            if (size < HEADER || type == NLMSG_DONE || type == NLMSG_ERROR) {
                return found ? 2 : -1;
            }
            if (type == SOCK_DIAG_BY_FAMILY && at + ANSWER_COOKIE + 8 <= length) {
                found |= room.get(LONG.withByteAlignment(4), at + ANSWER_COOKIE) == cookie;
            }
            at += size + 3 & ~3;
        }
        return found ? 1 : 0;
    }

    /** A listener began whose twin is out of sight: in another network namespace, or there is no sock_diag. */
    void countUnseen() {
        unseen++;
    }

    /** How many listeners began whose twin was out of sight. */
    int unseen() {
        return unseen;
    }

    @Override
    public void close() {
        if (netlink != null) {
            netlink.close();
        }
        arena.close();
    }
}
