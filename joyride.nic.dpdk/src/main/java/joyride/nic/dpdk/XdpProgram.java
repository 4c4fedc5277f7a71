package joyride.nic.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Netlink;
import joyride.linux.NetworkDevice;

/** Whether somebody's XDP program is attached to a device, as rtnetlink says. */
final class XdpProgram {
    private static final int LIMIT_MILLIS = 1000;
    private static final int ROOM = 32 * 1024;
    private static final short RTM_GETLINK = 18;
    private static final short RTM_NEWLINK = 16;
    private static final short NLM_F_REQUEST = 1;
    private static final int HEADERS = 32;
    private static final int INDEX = 20;
    private static final int IFLA_XDP = 43;
    private static final int IFLA_XDP_ATTACHED = 2;
    private static final int TYPE_MASK = 0x3fff;
    private static final int ATTRIBUTE = 4;

    private XdpProgram() {}

    static boolean attached(final NetworkDevice device) {
        try (Netlink netlink = new Netlink(Netlink.ROUTE, 0);
                Arena arena = Arena.ofConfined()) {
            final MemorySegment room = arena.allocate(ROOM, 8);
            room.set(ValueLayout.JAVA_INT, 0, HEADERS);
            room.set(ValueLayout.JAVA_SHORT, 4, RTM_GETLINK);
            room.set(ValueLayout.JAVA_SHORT, 6, NLM_F_REQUEST);
            room.set(ValueLayout.JAVA_INT, INDEX, device.index());
            netlink.send(room.address(), HEADERS);
            netlink.await(LIMIT_MILLIS);
            final int length = Math.min(ROOM, netlink.receive(room.address(), ROOM));
            if (length < HEADERS || room.get(ValueLayout.JAVA_SHORT, 4) != RTM_NEWLINK) {
                return false;
            }
            final MemorySegment xdp = find(room.asSlice(HEADERS, length - HEADERS), IFLA_XDP);
            final MemorySegment mode = xdp == null ? null : find(xdp, IFLA_XDP_ATTACHED);
            return mode != null && mode.get(ValueLayout.JAVA_BYTE, 0) != 0;
        }
    }

    /** What an attribute holds, or null. */
    private static MemorySegment find(final MemorySegment attributes, final int wanted) {
        long at = 0;
        while (at + ATTRIBUTE <= attributes.byteSize()) {
            final int length = attributes.get(ValueLayout.JAVA_SHORT, at) & 0xffff;
            if (length < ATTRIBUTE || at + length > attributes.byteSize()) {
                return null;
            }
            if ((attributes.get(ValueLayout.JAVA_SHORT, at + 2) & TYPE_MASK) == wanted) {
                return attributes.asSlice(at + ATTRIBUTE, length - ATTRIBUTE);
            }
            at += length + 3 & ~3;
        }
        return null;
    }
}
