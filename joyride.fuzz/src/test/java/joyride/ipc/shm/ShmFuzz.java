package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import joyride.api.memory.Memory;
import joyride.linux.Mappings;

/**
 * A program that writes what the input says into its shared memory, and says what the input says on its attach socket, while it listens, is connected and is sent to. The
 * service throws nothing, other programs beside it are served on, and at most that program's instance ends, for what its program did and not by an exception; when it has died nothing of it is left.
 */
class ShmFuzz {
    private static final String ADDRESS = "127.77.0.1";
    private static final int SERVER = 1001;
    private static final int BAD = 1002;
    private static final int MEMORY_MIB = 4;

    /** So many bytes may be on their way to or from the bad one: more than a slot's own tables show. */
    private static final int WINDOW = 1 << 20;

    private static final int MOST_STEPS = 60;
    private static final int MOST_STRANGERS = 4;
    private static final int MOST_CONNECTIONS = 4;

    /** Descriptors that come and go by themselves: those of the JVM, and of what is let go of later. */
    private static final int MOST_DESCRIPTORS = 100;

    /** Where words of interest begin, and how many bytes of them there are: the first of each kind, which are in use, the last, and all bitmaps. */
    private static final int[][] PLACES = {
        {0, HEADER_POLICY + 4 * POLICY_SIZEOF},
        {InstanceMemory.SOCKETS_OFFSET, 3 * SOCKET_SIZEOF},
        {InstanceMemory.PROCESSES_OFFSET, 2 * PROCESS_SIZEOF},
        {InstanceMemory.WAITERS_OFFSET, 3 * WAITER_SIZEOF},
        {InstanceMemory.QUEUES_OFFSET, 3 * QUEUE_SIZEOF},
        {InstanceMemory.DIRTY_OFFSET, 8 * JR_BITMAP_WORDS},
        {InstanceMemory.CALLS_OFFSET, JR_WAITERS / 8},
        {InstanceMemory.QUEUE_BITMAPS_OFFSET, 3 * 8 * JR_BITMAP_WORDS},
        {InstanceMemory.LARGE_TABLES_OFFSET, 3 * 4 * JR_LARGE_TABLE},
        {InstanceMemory.CHUNKS_OFFSET, 3 * JR_CHUNK},
        {InstanceMemory.SOCKETS_OFFSET + (JR_SOCKETS - 2) * SOCKET_SIZEOF, 2 * SOCKET_SIZEOF},
        {InstanceMemory.PROCESSES_OFFSET + (JR_PROCESSES - 1) * PROCESS_SIZEOF, PROCESS_SIZEOF},
        {InstanceMemory.WAITERS_OFFSET + (JR_WAITERS - 2) * WAITER_SIZEOF, 2 * WAITER_SIZEOF},
        {InstanceMemory.QUEUES_OFFSET + (JR_QUEUES - 2) * QUEUE_SIZEOF, 2 * QUEUE_SIZEOF}
    };

    /** The client's connections to the bad one. */
    private final List<Integer> toBad = new ArrayList<>();

    private int fromBad;
    private int strangers;
    private Service service;
    private byte[] input;
    private int at;

    private int u8() {
        return at < input.length ? input[at++] & 0xff : 0;
    }

    private int u16() {
        return u8() << 8 | u8();
    }

    private long s64() {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = value << 8 | u8();
        }
        return value;
    }

    /** The service with two good programs, for all inputs: what one leaves behind, another meets. */
    private static final class Service {
        final Path path;
        final LoopedHost host = new LoopedHost();
        final ShmTransport transport;
        final SyntheticProgram server;
        final SyntheticProgram client;
        final int[] ends;
        /** Where the server listens. */
        final int listener;

        /** Where the last {@link #pair} listens. */
        int listening;

        /** Descriptors open when all began. */
        final long descriptors;

        Service() throws IOException {
            path = Files.createTempDirectory("shm-fuzz").resolve("attach.sock");
            path.toFile().deleteOnExit();
            transport = new ShmTransport(new ShmSettings(path, MEMORY_MIB, 50, 200, Set.of(), Set.of()));
            transport.attach(host);
            server = program("server");
            client = program("client");
            ends = pair(server, client, SERVER);
            listener = listening;
            descriptors = descriptors();
        }

        /** Descriptors that this process has open. */
        static long descriptors() throws IOException {
            try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
                return open.count();
            }
        }

        void turn() {
            host.now += 2_000_000;
            transport.poll();
            host.network.pump();
            transport.flush();
        }

        SyntheticProgram program(final String name) {
            final SyntheticProgram program = new SyntheticProgram(path);
            program.sayHello(name);
            turn();
            program.welcomed();
            return program;
        }

        /** A connection from one to the other. @return its slots, the client's first */
        int[] pair(final SyntheticProgram to, final SyntheticProgram from, final int port) {
            to.listen(ADDRESS, port, 8);
            turn();
            assertEquals(0, to.result());
            listening = to.callSlot;
            from.connect(ADDRESS, port);
            turn();
            assertEquals(0, from.result());
            final int near = from.callSlot;
            final int far = to.accept(listening);
            turn();
            return new int[] {near, far};
        }

        void exchange() {
            client.write(ends[0], "question");
            turn();
            assertEquals("question", server.readText(ends[1]));
            server.write(ends[1], "answer");
            turn();
            assertEquals("answer", client.readText(ends[0]));
        }
    }

    private static Service shared;

    @FuzzTest(maxDuration = "6s")
    void shouldServeOthersWhateverAProgramWrites(final byte[] bytes) throws IOException {
        input = bytes;
        at = 0;
        if (shared == null) {
            shared = new Service();
        }
        service = shared;
        shared = null; // one that an input broke is not for the next
        play();
        shared = service;
    }

    private void play() throws IOException {
        final int sockets = service.host.network.sockets.size();
        strangers = 0;
        toBad.clear();
        fromBad = 0;
        final SyntheticProgram bad = service.program("bad");
        final LoopedInstance instance = service.host.cores.getLast();
        toBad.add(service.pair(bad, service.client, BAD)[0]);
        for (final LoopedSocket socket : service.host.network.sockets) {
            if (socket.core == instance) {
                socket.window = WINDOW;
                if (socket.endpoint != null && !socket.listening) {
                    socket.endpoint.sendRing().limit(WINDOW);
                }
            }
        }
        for (int i = 0; i < MOST_STEPS && at < input.length; i++) {
            step(bad);
        }
        service.turn();
        service.turn();
        service.exchange();
        assertNull(service.host.cores.get(0).ended, "the server's instance");
        assertNull(service.host.cores.get(1).ended, "the client's instance");
        assertTrue(
                instance.ended == null || !instance.ended.isBlank() && !instance.ended.contains("exception"),
                () -> "ended, but not for what its program did: " + instance.ended);
        end(bad);
        toBad.forEach(service.client::closeSocket);
        for (int i = 0; i < 4; i++) {
            service.turn();
            int accepted;
            while ((accepted = service.server.accept(service.listener)) >= 0) {
                service.server.closeSocket(accepted);
            }
        }
        assertEquals(2, service.transport.instances().size(), "instances");
        assertEquals(sockets, service.host.network.sockets.size(), "sockets");
        assertTrue(Service.descriptors() <= service.descriptors + MOST_DESCRIPTORS, "descriptors left");
        service.host.cores.subList(2, service.host.cores.size()).clear();
        service.exchange();
    }

    private static void end(final SyntheticProgram program) {
        program.close();
        Mappings.unmap(program.base, program.size);
    }

    private void step(final SyntheticProgram bad) {
        switch (u8() % 11) {
            case 0, 1 -> scribble(bad);
            case 2 -> bad.markDirty(u8() % 4);
            case 3 -> {
                bad.ring(u8());
                bad.callAttention();
            }
            case 4 -> say(bad);
            case 5 -> strange();
            case 6 -> service.turn();
            case 7 -> service.client.write(one(), new byte[u16()], 0);
            case 8 -> service.client.read(one(), u16());
            case 9 -> connectToBad();
            default -> connectFromBad(bad);
        }
    }

    private int one() {
        return toBad.get(u8() % toBad.size());
    }

    /** The client connects to the bad one, which may not accept. Its call is answered, whatever the bad one did. */
    private void connectToBad() {
        if (toBad.size() < MOST_CONNECTIONS) {
            service.client.connect(ADDRESS, BAD);
            service.turn();
            service.turn();
            if (service.client.result() == 0) {
                toBad.add(service.client.callSlot);
            }
        }
    }

    private void connectFromBad(final SyntheticProgram bad) {
        if (fromBad++ < MOST_CONNECTIONS) {
            bad.connect(ADDRESS, SERVER);
            service.turn();
        }
    }

    /** Writes a word, 4 or 8 bytes: any value, one near what is there, or a small one. */
    private void scribble(final SyntheticProgram bad) {
        final int[] place = PLACES[u8() % PLACES.length];
        final long word = bad.base + place[0] + (u16() % place[1] & -8);
        final int kind = u8();
        final long value = switch (kind % 4) {
            case 0 -> s64();
            case 1 -> Memory.getLong(word) + (short) u16();
            case 2 -> u16();
            default -> -1;
        };
        if ((kind & 4) != 0) {
            Memory.putLong(word, value);
        } else {
            Memory.putInt(word + (kind >> 3 & 4), (int) value);
        }
    }

    /** A message on its own attach socket. */
    private void say(final SyntheticProgram who) {
        who.out.begin(u8() % 14);
        Memory.putLong(who.out.at + MESSAGE_VALUE, (u8() & 1) == 0 ? u8() : s64());
        Memory.putInt(who.out.at + MESSAGE_PROCESS, (byte) u8());
        if ((u8() & 7) == 7) {
            Memory.putLong(who.out.at + u8() % MESSAGE_SIZEOF / 8 * 8, s64());
        }
        try {
            who.send(who.out);
        } catch (final IllegalStateException closed) {
            // the service has let go of it
        }
    }

    /** Somebody who connects and does not know how to say hello. */
    private void strange() {
        if (strangers++ < MOST_STRANGERS) {
            try (SyntheticProgram stranger = new SyntheticProgram(service.path)) {
                say(stranger);
                service.turn();
                say(stranger);
                service.turn();
            }
        }
    }
}
