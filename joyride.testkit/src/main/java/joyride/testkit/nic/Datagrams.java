package joyride.testkit.nic;

import joyride.api.memory.Memory;
import joyride.api.nic.NicQueue;
import joyride.api.nic.PacketBatch;

/** UDP over IPv4 over Ethernet, made and read by hand: from 10.9.0.2 port 7 to 10.9.0.1, and back. */
public final class Datagrams {
    public static final int PORT = 7;
    public static final int HEADERS = 14 + 20 + 8;

    private Datagrams() {}

    /** Fills a batch with {@code count} datagrams of {@code length} bytes, each beginning with its number from {@code first} on. */
    public static void write(
            final NicQueue queue,
            final PacketBatch batch,
            final int port,
            final int first,
            final int count,
            final int length) {
        for (int i = 0; i < count; i++) {
            final long handle = queue.allocate();
            if (handle == 0) {
                return;
            }
            final long at = queue.address(handle);
            Memory.putLongBE(at, 0x0200_0000_0001_0200L);
            Memory.putIntBE(at + 8, 2);
            Memory.putShortBE(at + 12, 0x0800);
            final long ip = at + 14;
            Memory.putIntBE(ip, 0x4500_0000 | 28 + length);
            Memory.putIntBE(ip + 4, 0x4000);
            Memory.putIntBE(ip + 8, 0x4011_0000);
            Memory.putIntBE(ip + 12, 0x0a09_0002);
            Memory.putIntBE(ip + 16, 0x0a09_0001);
            int sum = 0;
            for (int word = 0; word < 20; word += 2) {
                sum += Memory.getUnsignedShortBE(ip + word);
            }
            sum = (sum & 0xffff) + (sum >>> 16);
            Memory.putShortBE(ip + 10, ~(sum + (sum >>> 16)));
            Memory.putShortBE(ip + 20, PORT);
            Memory.putShortBE(ip + 22, port);
            Memory.putShortBE(ip + 24, 8 + length);
            Memory.putShortBE(ip + 26, 0);
            Memory.putIntBE(ip + 28, first + i);
            for (int k = 4; k < length; k++) {
                Memory.putByte(ip + 28 + k, (byte) (first + i + k));
            }
            batch.add(handle, at, HEADERS + length, 0);
        }
    }

    /** Whether the frame is a datagram to us. */
    public static boolean isOurs(final long at, final int length) {
        return length >= HEADERS
                && Memory.getUnsignedShortBE(at + 12) == 0x0800
                && Memory.getUnsignedByte(at + 23) == 17
                && Memory.getIntBE(at + 30) == 0x0a09_0002;
    }

    public static byte[] payload(final long at) {
        final byte[] bytes = new byte[Memory.getUnsignedShortBE(at + 38) - 8];
        Memory.copyOut(at + HEADERS, bytes, 0, bytes.length);
        return bytes;
    }
}
