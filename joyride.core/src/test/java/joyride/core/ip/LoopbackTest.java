package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.api.memory.ReadsAhead;
import joyride.api.net.IpAddress;
import joyride.core.link.LoopbackInterface;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopbackTest {
    private final Rig rig = new Rig();
    private final FakeRing ring = new FakeRing();
    private final List<String> order = new ArrayList<>();

    @AfterEach
    void close() {
        assertEquals(0, rig.network.loopbackPending());
        rig.close();
    }

    private void sendFrom(final Path path, final long position, final int length) {
        final long at = rig.output.allocate(path, 20);
        Memory.putLongBE(at, position);
        rig.output.sendFrom(path, at, 20, ring, position, length, Rig.PROBE, 1, 9, null);
    }

    private static final class RingReader implements TransportProtocol {
        private int packets;
        private long bytes;
        private boolean good = true;
        private Packet last;

        @Override
        public void input(final Packet packet) {
            packets++;
            last = packet;
            good &= packet.checksumGood && packet.loopback && packet.transportLength == 20;
            good &= packet.payloadLength == 0 || Memory.getLongBE(packet.transport) == packet.payloadPosition;
            for (int done = 0; done < packet.payloadLength; ) {
                final long position = packet.payloadPosition + done;
                final int piece = packet.payloadRing.contiguous(position, packet.payloadLength - done);
                for (int i = 0; i < piece; i++) {
                    good &= Memory.getByte(packet.payloadRing.address(position) + i) == FakeRing.at(position + i);
                }
                done += piece;
            }
            bytes += packet.payloadLength;
        }

        @Override
        public void error(final Packet quoted, final int type, final int code, final int mtu) {}
    }

    @Test
    void shouldLeavePayloadInTheRingWhenSentFrom() {
        final RingReader reader = new RingReader();
        rig.network.register(Rig.PROBE, reader);
        final Path path = rig.path(Rig.LOCAL);
        assertTrue(path.loopback);
        assertEquals(65535, path.mtu);
        sendFrom(path, 1000, 500);
        sendFrom(path, FakeRing.SIZE - 100, 65535 - 40);
        sendFrom(path, 5, 0);
        assertEquals(3, rig.network.loopbackPending());
        assertEquals(3, rig.network.drainLoopback());
        assertTrue(reader.good);
        assertEquals(3, reader.packets);
        assertEquals(500 + 65495, reader.bytes);
        assertEquals(1, reader.last.tos);
        assertEquals(9, reader.last.ttl);
        assertEquals(IpAddress.lowOfV4(Rig.LOCAL), reader.last.sourceLow);
        assertEquals(IpAddress.lowOfV4(Rig.LOCAL), reader.last.destinationLow);
        assertEquals(Map.of(), rig.allDrops());
    }

    @Test
    void shouldCarryPayloadInTheBufferWhenSent() {
        for (final int length : new int[] {0, 1, 236, 237, 65515}) {
            rig.probe.received.clear();
            final Path path = rig.path(Rig.LOCAL);
            final byte[] data = Frames.random(length, length);
            final long at = rig.output.allocate(path, length);
            Memory.copyIn(data, 0, at, length);
            rig.output.send(path, at, length, Rig.PROBE, 0, 64, false, 0);
            rig.network.drainLoopback();
            assertArrayEquals(data, rig.probe.received.get(0));
        }
        assertEquals(0, rig.port.sent.size());
    }

    @Test
    void shouldTreatTheWholeNetworkOnTheLoopbackAsOurs() {
        final Path path = rig.path(0x7f4d1234);
        assertNotNull(path);
        assertTrue(path.loopback);
        assertEquals(IpAddress.lowOfV4(Rig.LOCAL), path.sourceLow);
        assertTrue(rig.path(Rig.ADDRESS).loopback, "our wire address too");
        assertEquals(IpAddress.lowOfV4(Rig.ADDRESS), rig.path(Rig.ADDRESS).sourceLow);
    }

    @Test
    void shouldKeepOrderWhenReceiversSendMeanwhile() {
        final Path path = rig.path(Rig.LOCAL);
        rig.network.register(Rig.PROBE, new TransportProtocol() {
            @Override
            public void input(final Packet packet) {
                final int generation = (int) Memory.getLongBE(packet.transport);
                order.add("" + generation);
                if (generation < 30) {
                    number(path, generation + 10);
                }
            }

            @Override
            public void error(final Packet quoted, final int type, final int code, final int mtu) {}
        });
        number(path, 1);
        number(path, 2);
        assertEquals(8, rig.network.drainLoopback());
        assertEquals(List.of("1", "2", "11", "12", "21", "22", "31", "32"), order);
    }

    @Test
    void shouldHaveReceiversReadAheadRowByRowBeforePacketsGoToThem() {
        final int rows = LoopbackInterface.ROW;
        final Path path = rig.path(Rig.LOCAL);
        rig.network.register(Rig.PROBE, new TransportProtocol() {
            @Override
            public void input(final Packet packet) {
                order.add("packet " + Memory.getLongBE(packet.transport));
            }

            @Override
            public void error(final Packet quoted, final int type, final int code, final int mtu) {}
        });
        final List<String> expected = new ArrayList<>();
        for (int from = 0, to = rows; from < to; from = to, to = rows + 3) {
            for (int step = 0; step < 3; step++) {
                for (int i = from; i < to; i++) {
                    expected.add("step " + step + " of " + i);
                }
            }
            for (int i = from; i < to; i++) {
                expected.add("packet " + i);
            }
        }
        for (int i = 0; i < rows + 3; i++) {
            final int number = i;
            final long at = rig.output.allocate(path, 20);
            Memory.putLongBE(at, i);
            rig.output.sendFrom(path, at, 20, ring, 0, 0, Rig.PROBE, 0, 64, new ReadsAhead() {
                @Override
                public int readAhead(final int step) {
                    order.add("step " + step + " of " + number);
                    return 0;
                }
            });
        }
        assertEquals(rows + 3, rig.network.drainLoopback());
        assertEquals(expected, order);
    }

    private void number(final Path path, final int number) {
        final long at = rig.output.allocate(path, 8);
        Memory.putLongBE(at, number);
        rig.output.send(path, at, 8, Rig.PROBE, 0, 64, true, 0);
    }

    @Test
    void shouldStopAfterABoundWhenTwoTalkWithoutEnd() {
        final Path path = rig.path(Rig.LOCAL);
        rig.network.register(Rig.PROBE, new TransportProtocol() {
            @Override
            public void input(final Packet packet) {
                number(path, 1);
            }

            @Override
            public void error(final Packet quoted, final int type, final int code, final int mtu) {}
        });
        number(path, 1);
        assertTrue(rig.network.drainLoopback() > 1000);
        assertEquals(1, rig.network.loopbackPending());
        rig.network.register(Rig.PROBE, rig.probe);
        rig.network.drainLoopback();
    }

    @Test
    void shouldRefuseAndCountWhenTheQueueIsFullAndRecover() {
        final Path path = rig.path(Rig.LOCAL);
        int queued = 0;
        long at;
        while ((at = rig.output.allocate(path, 20)) != 0) {
            rig.output.sendFrom(path, at, 20, ring, 0, 10, Rig.PROBE, 0, 64, null);
            queued++;
        }
        assertTrue(queued >= 4096, queued + " packets");
        assertEquals(Map.of(DropReason.NO_FRAME, 1L), rig.allDrops());
        assertNotEquals(0, rig.output.allocate(path, 1000), "large ones are apart");
        rig.output.cancel(path, 0);
        assertEquals(queued, rig.network.drainLoopback());
        assertNotEquals(0, rig.output.allocate(path, 20));
        rig.output.cancel(path, 0);
    }

    @Test
    void shouldSayUnreachableWhenNobodyTakesTheProtocol() {
        final Path path = rig.path(Rig.LOCAL);
        final long at = rig.output.allocate(path, 20);
        final int[] errors = {0};
        rig.network.register(77, new TransportProtocol() {
            @Override
            public void input(final Packet packet) {
                rig.output.portUnreachable(packet);
            }

            @Override
            public void error(final Packet quoted, final int type, final int code, final int mtu) {
                errors[0] = type << 8 | code;
                assertEquals(IpAddress.lowOfV4(Rig.LOCAL), quoted.sourceLow);
            }
        });
        rig.output.send(path, at, 20, 77, 0, 64, true, 0);
        assertEquals(2, rig.network.drainLoopback());
        assertEquals(0x303, errors[0]);
    }

    @Test
    void shouldDropWhenTheAddressIsGoneMeanwhile() {
        final Path path = rig.path(Rig.LOCAL);
        rig.network.addressing().remove(rig.network.loopback(), IpAddress.v4(Rig.LOCAL));
        assertEquals(0, rig.output.allocate(path, 20));
        assertEquals(Map.of(DropReason.IP_NO_ROUTE, 1L), rig.allDrops());
    }

    @Test
    void shouldLeakNothingWhenAllocatedTwice() {
        final Path path = rig.path(Rig.LOCAL);
        for (int i = 0; i < 100_000; i++) {
            assertNotEquals(0, rig.output.allocate(path, i % 500));
        }
        rig.output.cancel(path, 0);
    }
}
