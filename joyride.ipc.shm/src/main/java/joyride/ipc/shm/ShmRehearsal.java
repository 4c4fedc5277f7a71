package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import joyride.api.memory.Memory;
import joyride.api.net.IpAddress;
import joyride.api.socket.RehearsalStage;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;
import joyride.linux.TimerDescriptor;

/**
 * Private transports on the hosts of a stage, with programs that are made up: they ask and answer, stream, come and go, on one host and
 * between the two, until all the code below them is compiled. On any thread but the loop's; nothing of it shows outside.
 */
final class ShmRehearsal implements AutoCloseable {
    private static final int PORT = 7777;

    /** Of each of the three programs; pages that are not used cost nothing. */
    private static final int MEMORY_MIB = 32;

    private static final int SLEEPER = 1;
    private static final long TURN_NANOS = 20_000;
    private static final long LONG_NANOS = 10_000_000;
    private static final int ROUNDS_A_LIFE = 100;

    private final Path path;
    private final RehearsalStage stage;
    private final ShmSettings[] settings = new ShmSettings[RehearsalStage.HOSTS];
    private final ShmTransport[] transports = new ShmTransport[RehearsalStage.HOSTS];
    private final List<SyntheticProgram> programs = new ArrayList<>();
    private int lives;

    /** @param path of attach sockets of its own, but for their ends */
    ShmRehearsal(final Path path, final RehearsalStage stage) {
        this.path = path;
        this.stage = stage;
    }

    /**
     * Goes on until the stage has seen enough.
     *
     * @return messages that arrived
     * @throws IllegalStateException if connections or bytes do not arrive, or the system refuses what it takes
     */
    long run() {
        for (int host = 0; host < RehearsalStage.HOSTS; host++) {
            settings[host] = new ShmSettings(
                    path.resolveSibling(path.getFileName() + "-" + host), MEMORY_MIB, 50, 200, Set.of(), Set.of());
            final ShmTransport transport = new ShmTransport(settings[host]);
            stage.attach(host, transport);
            transports[host] = transport;
        }
        final SyntheticProgram client = attach(0, "client");
        final SyntheticTalk[] talks = {
            talk(client, attach(0, "near server"), stage.local(0), PORT),
            talk(client, attach(1, "far server"), stage.remote(1), PORT + 1)
        };
        while (!stage.enough()) {
            life(talks);
        }
        return Arrays.stream(talks).mapToLong(SyntheticTalk::answered).sum();
    }

    private SyntheticProgram attach(final int host, final String name) {
        final SyntheticProgram program = new SyntheticProgram(settings[host].path());
        programs.add(program);
        program.sayHello(name);
        stage.turn(LONG_NANOS);
        program.welcomed();
        final int timer = TimerDescriptor.open();
        program.send(program.out.begin(JR_MSG_WAITER).value(SLEEPER), timer);
        Descriptors.close(timer);
        Memory.putInt(program.queue(SyntheticTalk.QUEUE) + QUEUE_OWNER, program.number + 1);
        return program;
    }

    private SyntheticTalk talk(
            final SyntheticProgram client, final SyntheticProgram server, final IpAddress address, final int port) {
        server.listen(address.toString(), port, 4 * SyntheticTalk.CONNECTIONS);
        stage.turn(TURN_NANOS);
        return new SyntheticTalk(stage::turn, client, server, address, port, server.callSlotOf());
    }

    /** Connections begin, carry requests and end; once in between another transport takes over, on each host in turn. */
    private void life(final SyntheticTalk[] talks) {
        for (final SyntheticTalk talk : talks) {
            talk.begin();
        }
        for (int round = 0; round < ROUNDS_A_LIFE && !stage.enough(); round++) {
            for (final SyntheticTalk talk : talks) {
                talk.round(round);
            }
            if (round == ROUNDS_A_LIFE / 2) {
                handOver(lives++ % RehearsalStage.HOSTS);
            }
        }
        for (final SyntheticTalk talk : talks) {
            talk.end();
        }
        stage.turn(LONG_NANOS);
        for (final ShmTransport transport : transports) {
            transport.arm();
            transport.disarm();
        }
    }

    private void handOver(final int host) {
        final ShmTransport successor = new ShmTransport(settings[host]);
        stage.exchange(host, transports[host], successor);
        transports[host] = successor;
    }

    /** Takes everything down, however far it came. */
    @Override
    public void close() {
        final List<InstanceMemory> memories = Arrays.stream(transports)
                .filter(Objects::nonNull)
                .flatMap(transport -> transport.instances().stream())
                .map(ShmInstance::memory)
                .toList();
        programs.forEach(SyntheticProgram::close);
        for (int host = 0; host < RehearsalStage.HOSTS; host++) {
            if (transports[host] != null) {
                stage.detach(host, transports[host]);
            }
        }
        for (final InstanceMemory memory : memories) {
            InstanceMemory.unmap(memory.base, memory.size);
        }
        for (final SyntheticProgram program : programs) {
            if (program.base != 0) {
                Mappings.unmap(program.base, program.size);
            }
        }
    }
}
