package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import joyride.api.memory.Memory;
import joyride.api.socket.Attachments;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;
import joyride.linux.TimerDescriptor;

/**
 * A transport of its own with two programs that are made up, whose sockets lead to each other without a stack: they ask and
 * answer, come and go, until the transport's code is compiled. On any thread but the loop's; nothing of it shows outside.
 */
final class ShmRehearsal implements AutoCloseable {
    private static final int PORT = 80;
    private static final int CONNECTIONS = 32;
    private static final int MEMORY_MIB = 8;
    private static final int REQUEST = 100;
    private static final int LARGE = 40_000;
    private static final int SLEEPER = 1;
    private static final int QUEUE = 0;
    private static final long TURN_NANOS = 20_000;
    private static final int ROUNDS_A_LIFE = 200;

    private final LoopedHost host = new LoopedHost();
    private final ShmSettings settings;
    private final byte[] request = new byte[REQUEST];
    private final byte[] large = new byte[LARGE];
    private final SyntheticProgram server;
    private final SyntheticProgram client;
    private final int listener;
    private final int[] near = new int[CONNECTIONS];
    private final int[] far = new int[CONNECTIONS];
    private ShmTransport transport;
    private long answered;

    /** @param path of an attach socket of its own */
    ShmRehearsal(final Path path) {
        settings = new ShmSettings(path, MEMORY_MIB, 50, 200, Set.of(), Set.of());
        transport = new ShmTransport(settings);
        transport.attach(host);
        server = attach("server");
        client = attach("client");
        server.listen("127.77.0.1", PORT, 2 * CONNECTIONS);
        turn();
        listener = server.callSlotOf();
    }

    private SyntheticProgram attach(final String name) {
        final SyntheticProgram program = new SyntheticProgram(settings.path());
        program.sayHello(name);
        host.now += 10_000_000;
        turn();
        program.welcomed();
        final int timer = TimerDescriptor.open();
        program.send(program.out.begin(JR_MSG_WAITER).value(SLEEPER), timer);
        Descriptors.close(timer);
        Memory.putInt(program.queue(QUEUE) + QUEUE_OWNER, program.number + 1);
        return program;
    }

    private void turn() {
        host.now += TURN_NANOS;
        transport.poll();
        host.network.pump();
        transport.flush();
    }

    /** Goes on until {@code enough}. @return requests answered */
    long run(final BooleanSupplier enough) {
        while (!enough.getAsBoolean()) {
            life();
        }
        return answered;
    }

    /** Connections begin, carry requests and end; once in between another transport takes over. */
    private void life() {
        for (int i = 0; i < CONNECTIONS; i++) {
            client.connect("127.77.0.1", PORT);
            turn();
            near[i] = client.callSlotOf();
            far[i] = server.accept(listener);
            Memory.putLong(server.socket(far[i]) + SOCKET_QUEUES, QUEUE + 1);
        }
        for (int round = 0; round < ROUNDS_A_LIFE; round++) {
            exchange(client, near, server, far, round % 16 == 0 ? large : request);
            exchange(server, far, client, near, request);
            if (round == ROUNDS_A_LIFE / 2) {
                handOver();
            }
        }
        for (int i = 0; i < CONNECTIONS; i++) {
            client.closeSocket(near[i]);
            server.closeSocket(far[i]);
        }
        host.now += 50_000_000;
        turn();
        turn();
        transport.arm();
        transport.disarm();
    }

    /** Each of {@code from} writes {@code bytes}, and each of {@code to} reads them. */
    private void exchange(
            final SyntheticProgram writer,
            final int[] from,
            final SyntheticProgram reader,
            final int[] to,
            final byte[] bytes) {
        for (int i = 0; i < CONNECTIONS; i++) {
            if (i % 8 == 0) {
                // As one who waits for an answer and sleeps.
                Memory.putInt(reader.socket(to[i]) + SOCKET_RX_WAITER, SLEEPER + 1);
                Memory.putInt(reader.waiter(SLEEPER) + WAITER_ASLEEP, 1);
            }
            int written = 0;
            int read = 0;
            for (int tries = 0; read < bytes.length && tries < 100; tries++) {
                written += written < bytes.length ? writer.write(from[i], bytes, written) : 0;
                if (i % 4 == 3 || bytes.length > REQUEST || tries > 0) {
                    turn();
                }
                read += reader.read(to[i], bytes.length).length;
                if (bytes.length == REQUEST && i % 4 != 3 && tries == 0) {
                    break; // is read with the next of its neighbours
                }
            }
            answered++;
        }
        turn();
        for (int i = 0; i < CONNECTIONS; i++) {
            reader.read(to[i], LARGE);
        }
    }

    private void handOver() {
        final Attachments left = transport.release();
        transport = new ShmTransport(settings);
        transport.adopt(host, left);
    }

    @Override
    public void close() {
        final List<InstanceMemory> memories =
                transport.instances().stream().map(ShmInstance::memory).toList();
        server.close();
        client.close();
        transport.detach();
        for (final InstanceMemory memory : memories) {
            InstanceMemory.unmap(memory.base, memory.size);
        }
        Arrays.asList(server, client).forEach(program -> Mappings.unmap(program.base, program.size));
    }
}
