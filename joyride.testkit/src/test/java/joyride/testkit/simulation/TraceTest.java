package joyride.testkit.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import joyride.core.tcp.EventTrace;
import joyride.core.tcp.TraceFile;
import joyride.core.transport.TransportStage;
import joyride.nic.wire.Faults;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The events of a connection as a pcapng file, taken apart here by the letter of the format. */
class TraceTest {
    private static final int PORT = 5001;
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    private Path folder;

    private record Packet(long nanos, byte[] bytes, int length, List<String> comments, int direction) {}

    private static List<Packet> parse(final byte[] file) {
        final ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        final List<Packet> packets = new ArrayList<>();
        final List<Integer> types = new ArrayList<>();
        while (in.hasRemaining()) {
            final int start = in.position();
            final int type = in.getInt();
            final int length = in.getInt();
            assertEquals(0, length % 4);
            assertEquals(length, in.getInt(start + length - 4), "both lengths of a block");
            types.add(type);
            if (type == 0x0a0d0d0a) {
                assertEquals(0x1a2b3c4d, in.getInt());
                assertEquals(1, in.getShort());
            } else if (type == 1) {
                assertEquals(101, in.getShort());
            } else if (type == 6) {
                packets.add(packet(in, start + length - 4));
            }
            in.position(start + length);
        }
        assertEquals(0x0a0d0d0a, types.getFirst());
        assertEquals(1, types.get(1));
        assertEquals(5, types.getLast());
        return packets;
    }

    private static Packet packet(final ByteBuffer in, final int end) {
        assertEquals(0, in.getInt());
        final long nanos = (long) in.getInt() << 32 | in.getInt() & 0xffff_ffffL;
        final byte[] bytes = new byte[in.getInt()];
        final int length = in.getInt();
        in.get(bytes);
        in.position(in.position() + 3 & ~3);
        final List<String> comments = new ArrayList<>();
        int direction = 0;
        int code;
        while ((code = in.getShort()) != 0) {
            final byte[] value = new byte[in.getShort()];
            in.get(value);
            in.position(in.position() + 3 & ~3);
            if (code == 1) {
                comments.add(new String(value, StandardCharsets.UTF_8));
            } else if (code == 2) {
                direction = value[0];
            }
        }
        assertEquals(0, in.getShort());
        assertEquals(end, in.position(), "nothing behind the options");
        return new Packet(nanos, bytes, length, comments, direction);
    }

    private static String name(final MemoryEndpoint endpoint) {
        return endpoint(
                        endpoint.socket().localAddress().toString(),
                        endpoint.socket().localPort()) + " "
                + endpoint(
                        endpoint.socket().remoteAddress().toString(),
                        endpoint.socket().remotePort());
    }

    private static String endpoint(final String address, final int port) {
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }

    private static FlowProgram start(final Simulation simulation) {
        final ProgramTransport server = simulation.programsB();
        server.start(new ListenerProgram(
                server, PORT, 8, 1, endpoint -> new FlowProgram(server, FlowProgram.Role.SINK, 1, endpoint)));
        simulation.b().engine().turn();
        final FlowProgram flow = new FlowProgram(
                simulation.programsA(),
                FlowProgram.Role.SOURCE,
                20_000,
                simulation.b().address(),
                PORT);
        simulation.programsA().start(flow);
        simulation.runFor(SECOND);
        return flow;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldHaveEverySegmentWithTheStateThatItMet(final boolean six) throws IOException {
        final Faults faults = Faults.NONE.withLoss(0.02).withDelay(2_000_000, 0);
        try (Simulation simulation = new Simulation(3, six, 1500, false, faults, faults)) {
            final FlowProgram flow = start(simulation);
            final TransportStage tcp = simulation.a().engine().transport();
            final String name = name(flow.endpoint());
            assertTrue(tcp.startTrace(name, 50_000), name);
            final long before = simulation.a().counters().snapshot().get("tcp").get("sndtotal");
            simulation.runFor(2 * SECOND);
            final long sent = simulation.a().counters().snapshot().get("tcp").get("sndtotal") - before;
            final EventTrace trace = tcp.stopTrace(name);
            assertNotNull(trace);
            assertNull(tcp.stopTrace(name));
            assertEquals(0, trace.lost());
            final Path file = folder.resolve("a.pcapng");
            TraceFile.write(trace, file, 0);
            final List<Packet> packets = parse(Files.readAllBytes(file));
            assertTrue(
                    packets.stream().filter(packet -> packet.direction() == 2).count() <= sent);
            assertTrue(packets.size() > 100, () -> packets.size() + " packets");
            final int ip = six ? 40 : 20;
            long last = 0;
            boolean recovery = false;
            for (final Packet packet : packets) {
                assertTrue(packet.nanos() >= last);
                last = packet.nanos();
                final ByteBuffer header = ByteBuffer.wrap(packet.bytes());
                assertEquals(six ? 6 : 4, header.get(0) >>> 4);
                final int port = header.getShort(ip + (packet.direction() == 2 ? 2 : 0)) & 0xffff;
                assertEquals(PORT, port);
                assertTrue((header.get(ip + 13) & 0x10) != 0, "ACK");
                assertTrue(packet.length() >= packet.bytes().length);
                final String state = packet.comments().getLast();
                assertTrue(state.startsWith("ESTABLISHED una "), state);
                recovery |= state.contains(" fast-recovery");
            }
            assertTrue(recovery, "2 % loss, and never in recovery");
        }
    }

    @Test
    void shouldKeepTheLatestEventsAndTheTraceOfAConnectionThatEnded() throws IOException {
        try (Simulation simulation = new Simulation(3, false, 1500, false, Faults.NONE, Faults.NONE)) {
            final FlowProgram flow = start(simulation);
            final TransportStage tcp = simulation.a().engine().transport();
            final String name = name(flow.endpoint());
            assertFalse(tcp.startTrace("127.0.0.1:1 127.0.0.1:2", 10));
            assertTrue(tcp.startTrace(name, 10));
            flow.endpoint().socket().abort();
            simulation.runFor(SECOND);
            final EventTrace trace = tcp.stopTrace(name);
            final Path file = folder.resolve("b.pcapng");
            TraceFile.write(trace, file, 0);
            final List<Packet> packets = parse(Files.readAllBytes(file));
            final Packet reset = packets.getLast();
            assertEquals(0x14, reset.bytes()[20 + 13], "RST and ACK");
            assertEquals(2, reset.direction());
            assertTrue(trace.size() <= 10);
        }
    }

    @Test
    void shouldSayThatTooManyAreTracedWhenThereIsSuchAConnection() {
        try (Simulation simulation = new Simulation(3, false, 1500, false, Faults.NONE, Faults.NONE)) {
            final TransportStage tcp = simulation.a().engine().transport();
            final List<FlowProgram> flows = new ArrayList<>();
            for (int i = 0; i < 65; i++) {
                flows.add(new FlowProgram(
                        simulation.programsA(),
                        FlowProgram.Role.SOURCE,
                        1,
                        simulation.b().address(),
                        PORT));
                simulation.programsA().start(flows.getLast());
            }
            simulation.a().engine().turn();
            final List<String> names =
                    flows.stream().map(flow -> name(flow.endpoint())).toList();
            for (final String name : names.subList(0, 64)) {
                assertTrue(tcp.startTrace(name, 10), name);
            }
            assertTrue(tcp.startTrace(names.getFirst(), 10), "one that is traced begins anew");
            final var refused = assertThrows(IllegalStateException.class, () -> tcp.startTrace(names.getLast(), 10));
            assertEquals(
                    "64 connections are traced already; trace stop LOCAL REMOTE FILE ends one's", refused.getMessage());
            tcp.stopTrace(names.getFirst());
            assertTrue(tcp.startTrace(names.getLast(), 10));
        }
    }
}
