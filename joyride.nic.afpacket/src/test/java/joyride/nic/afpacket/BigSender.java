package joyride.nic.afpacket;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.api.memory.Memory;
import joyride.api.nic.NicException;
import joyride.linux.NetworkDevice;
import joyride.linux.Sockets;
import joyride.linux.SystemError;

/** Sends TCP segments that nobody has cut yet, as the kernel's own TCP does on a veth: a frame far beyond the MTU, its checksum not computed. */
final class BigSender implements AutoCloseable {
    private static final int VNET_HEADER_OPTION = 15;
    private static final int VNET_HEADER = 10;
    private static final int NEEDS_CHECKSUM = 1;
    private static final int GSO_TCP_IPV4 = 1;
    private static final int HEADERS = 14 + 20 + 20;

    private final Arena arena = Arena.ofConfined();
    private final PacketSocket socket;

    BigSender(final String device) throws NicException, NetworkDevice.Unavailable {
        socket = PacketSocket.open(device);
        SystemError.check(
                "PACKET_VNET_HDR", Sockets.setOption(socket.descriptor(), Packet.SOL_PACKET, VNET_HEADER_OPTION, 1));
        socket.bind(NetworkDevice.find(device).index());
    }

    /** A segment from 10.9.0.1 to 10.9.0.2 of {@code payload} bytes 0x5a. */
    void send(final int payload) {
        final MemorySegment room = arena.allocate(VNET_HEADER + HEADERS + payload, 8);
        room.fill((byte) 0x5a);
        room.asSlice(0, VNET_HEADER + HEADERS).fill((byte) 0);
        room.set(ValueLayout.JAVA_BYTE, 0, (byte) NEEDS_CHECKSUM);
        room.set(ValueLayout.JAVA_BYTE, 1, (byte) GSO_TCP_IPV4);
        room.set(ValueLayout.JAVA_SHORT, 2, (short) HEADERS);
        room.set(ValueLayout.JAVA_SHORT, 4, (short) 1448);
        room.set(ValueLayout.JAVA_SHORT, 6, (short) 34);
        room.set(ValueLayout.JAVA_SHORT, 8, (short) 16);
        final long at = room.address() + VNET_HEADER;
        Memory.putLongBE(at, 0x0200_0000_0002_0200L);
        Memory.putIntBE(at + 8, 1);
        Memory.putShortBE(at + 12, 0x0800);
        Memory.putIntBE(at + 14, 0x4500_0000 | 40 + payload);
        Memory.putIntBE(at + 22, 0x4006_0000);
        Memory.putIntBE(at + 26, 0x0a09_0001);
        Memory.putIntBE(at + 30, 0x0a09_0002);
        Memory.putIntBE(at + 34, 1000 << 16 | 80);
        Memory.putIntBE(at + 46, 0x5010_ffff);
        SystemError.check(
                "send", Sockets.send(socket.descriptor(), room.address(), VNET_HEADER + HEADERS + payload, 0, 0, 0));
    }

    @Override
    public void close() {
        socket.close();
        arena.close();
    }
}
