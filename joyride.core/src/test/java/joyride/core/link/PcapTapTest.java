package joyride.core.link;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.FakeRing;
import joyride.core.ip.Frames;
import joyride.core.ip.Frames6;
import joyride.core.ip.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapTapTest {
    private static final long EPOCH = 1_700_000_000_000_000_000L;

    @TempDir
    Path directory;

    private final Rig rig = new Rig();

    private final List<IOException> failures = Collections.synchronizedList(new ArrayList<>());

    private record Record(long nanos, byte[] bytes) {}

    @AfterEach
    void close() {
        rig.close();
    }

    private static List<Record> read(final Path file, final int linkType) throws IOException {
        final ByteBuffer pcap = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        assertEquals(0xa1b23c4d, pcap.getInt());
        assertEquals(2, pcap.getShort());
        assertEquals(4, pcap.getShort());
        assertEquals(0, pcap.getLong());
        assertTrue(pcap.getInt() >= 65535);
        assertEquals(linkType, pcap.getInt());
        final List<Record> records = new ArrayList<>();
        while (pcap.hasRemaining()) {
            final long nanos = pcap.getInt() * 1_000_000_000L + pcap.getInt();
            final byte[] bytes = new byte[pcap.getInt()];
            assertEquals(bytes.length, pcap.getInt());
            pcap.get(bytes);
            records.add(new Record(nanos, bytes));
        }
        return records;
    }

    @Test
    void shouldCaptureBothWaysWhenOnTheWire() throws IOException {
        final Path file = directory.resolve("wire.pcap");
        final PcapTap tap = new PcapTap(file, rig.ethernet.pcapLinkType(), EPOCH, 0, failures::add);
        rig.sleep(1234);
        final long taken = rig.nanoTime();
        rig.network.tap(rig.ethernet, tap);
        final byte[] request = Frames.arp(1, Rig.PEER_MAC, Rig.PEER, 0, Rig.ADDRESS);
        rig.arrive(request);
        rig.network.tap(rig.ethernet, null);
        rig.arrive(request);
        tap.close();
        assertEquals(2, tap.packets());
        final List<Record> records = read(file, 1);
        assertEquals(2, records.size());
        assertArrayEquals(request, records.get(0).bytes());
        assertArrayEquals(rig.lastSent(), records.get(1).bytes());
        assertEquals(EPOCH + taken, records.get(0).nanos());
    }

    @Test
    void shouldGatherPayloadWhenOnTheLoopback() throws IOException {
        final Path file = directory.resolve("loopback.pcap");
        final PcapTap tap = new PcapTap(file, rig.network.loopback().pcapLinkType(), EPOCH, 0, failures::add);
        rig.network.tap(rig.network.loopback(), tap);
        final var path = rig.path(Rig.LOCAL);
        final FakeRing ring = new FakeRing();
        for (int i = 0; i < 400; i++) {
            final long at = rig.output.allocate(path, 20);
            Memory.putLongBE(at, i);
            rig.output.sendFrom(path, at, 20, ring, FakeRing.SIZE - 100, 10_000 + i, Rig.PROBE, 0, 64, null);
            rig.network.drainLoopback();
        }
        rig.network.tap(rig.network.loopback(), null);
        tap.close();
        assertEquals(400, tap.packets() + tap.missed());
        final List<Record> records = read(file, 101);
        assertEquals(tap.packets(), records.size());
        for (final Record record : records) {
            final int number = Frames.i32(record.bytes(), 24);
            assertEquals(40 + 10_000 + number, record.bytes().length);
            assertEquals(record.bytes().length, Frames.u16(record.bytes(), 2));
            assertEquals(0xffff, Frames.sum(record.bytes(), 0, 20));
            for (int i = 40; i < record.bytes().length; i++) {
                assertEquals(FakeRing.at(FakeRing.SIZE - 100 + i - 40), record.bytes()[i]);
            }
        }
    }

    @Test
    void shouldLeaveAnIpv6PacketAsItIsWhenOnTheLoopback() throws IOException {
        final Path file = directory.resolve("loopback6.pcap");
        final IpAddress own = IpAddress.parse("fd77::1");
        rig.network.addressing().add(rig.network.loopback(), new IpPrefix(own, 128));
        final PcapTap tap = new PcapTap(file, rig.network.loopback().pcapLinkType(), EPOCH, 0, failures::add);
        rig.network.tap(rig.network.loopback(), tap);
        final var path = rig.path(own);
        final long at = rig.output.allocate(path, 20);
        rig.output.sendFrom(path, at, 20, new FakeRing(), 0, 100, Rig.PROBE, 0, 64, null);
        rig.network.drainLoopback();
        rig.network.tap(rig.network.loopback(), null);
        tap.close();
        final byte[] packet = read(file, 101).get(0).bytes();
        assertEquals(160, packet.length);
        assertEquals(own, Frames6.address(packet, 8));
        assertEquals(own, Frames6.address(packet, 24));
    }

    @Test
    void shouldStopByItselfWhenTheLimitIsReached() throws IOException {
        final Path file = directory.resolve("limit.pcap");
        final PcapTap tap = new PcapTap(file, 1, EPOCH, 3, failures::add);
        rig.network.tap(rig.ethernet, tap);
        for (int i = 0; i < 10; i++) {
            rig.arrive(new byte[60]);
        }
        tap.close();
        assertEquals(3, tap.packets());
        assertEquals(3, read(file, 1).size());
    }

    @Test
    void shouldSayWhyWhenTheFileCannotBeMade() {
        assertThrows(IOException.class, () -> new PcapTap(directory.resolve("no/such.pcap"), 1, 0, 0, failures::add));
    }

    @Test
    void shouldSayOnceThatTheFileCannotBeWrittenAnyMore() throws Exception {
        final Path pipe = directory.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        final FileChannel reader = FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE);
        final PcapTap tap = new PcapTap(pipe, 1, EPOCH, 0, failures::add);
        reader.close();
        rig.network.tap(rig.ethernet, tap);
        rig.arrive(new byte[60]);
        rig.network.tap(rig.ethernet, null);
        assertThrows(IOException.class, tap::close);
        assertEquals(1, failures.size(), failures.toString());
        assertEquals(1, tap.packets());
    }
}
