package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import joyride.api.memory.Memory;
import joyride.api.socket.Errno;
import joyride.linux.Descriptors;
import joyride.linux.Sockets;

/**
 * Programs that do at random what programs do, from a seed: all that they see is noted. What a step does depends on the seed and on
 * what was seen alone, so two runs with one seed differ only if programs can see a difference.
 */
final class HandOverScript implements AutoCloseable {
    private static final int PORT = 80;

    /** A socket that a program holds. */
    private record Held(SyntheticProgram program, int slot, int generation) {}

    final Rig rig;
    final List<String> seen = new ArrayList<>();
    private final Random random;
    private final List<SyntheticProgram> programs = new ArrayList<>();
    private final Held listener;
    private final List<Held> sockets = new ArrayList<>();
    private final List<int[]> pairs = new ArrayList<>();
    private int names;

    HandOverScript(final Path directory, final long seed) {
        rig = new Rig(directory, 2);
        random = new Random(seed);
        final SyntheticProgram server = attach();
        server.listen("127.77.0.1", PORT, 64);
        rig.turn();
        listener = new Held(server, server.callSlotOf(), server.callGeneration);
        attach();
    }

    private SyntheticProgram attach() {
        final SyntheticProgram program = rig.program("program " + names++);
        programs.add(program);
        return program;
    }

    private <T> T any(final List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    /** Something happens, and perhaps a turn of the loop, before which {@code between} runs. */
    void step(final Runnable between) {
        final int what = random.nextInt(100);
        if (what < 12) {
            connect(between);
        } else if (what < 26) {
            accept();
        } else if (what < 48) {
            write();
        } else if (what < 68) {
            read();
        } else if (what < 72) {
            shutdown();
        } else if (what < 78) {
            closeOne();
        } else if (what < 80) {
            escalate(between);
        } else if (what < 84) {
            throughPair();
        } else if (what < 86) {
            fork(between);
        } else if (what < 87) {
            die();
        } else if (what < 90) {
            option();
        } else {
            between.run();
            rig.turns(1 + random.nextInt(4));
            look();
        }
    }

    private void note(final String line) {
        seen.add(line);
    }

    private void connect(final Runnable between) {
        final SyntheticProgram program = any(programs);
        program.connect("127.77.0.1", PORT);
        between.run();
        rig.turn();
        note("connect " + program.result());
        if (program.result() == 0) {
            sockets.add(new Held(program, program.callSlot, program.callGeneration));
        }
    }

    private void accept() {
        final int slot = listener.program.accept(listener.slot);
        note("accept " + slot);
        if (slot >= 0) {
            sockets.add(new Held(listener.program, slot, listener.program.generation(slot)));
        }
    }

    private void write() {
        if (!sockets.isEmpty()) {
            final Held held = any(sockets);
            final byte[] bytes = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? 80_000 : 3_000)];
            random.nextBytes(bytes);
            final boolean open = (held.program.state(held.slot) & JR_SOCKET_CONNECTED) != 0
                    && Memory.getInt(held.program.socket(held.slot) + SOCKET_TX_SHUT) == 0;
            note("write " + (open ? held.program.write(held.slot, bytes, 0) : -1));
        }
    }

    private void read() {
        if (!sockets.isEmpty()) {
            final Held held = any(sockets);
            note("read " + Arrays.hashCode(held.program.read(held.slot, 1 + random.nextInt(100_000))));
        }
    }

    private void shutdown() {
        if (!sockets.isEmpty()) {
            final Held held = any(sockets);
            held.program.shutdownSend(held.slot);
        }
    }

    private void closeOne() {
        if (!sockets.isEmpty()) {
            final Held held = sockets.remove(random.nextInt(sockets.size()));
            held.program.command(JR_COMMAND_CLOSE, held.slot, held.generation, random.nextInt(2));
        }
    }

    private void option() {
        if (!sockets.isEmpty()) {
            final Held held = any(sockets);
            final long at = held.program.socket(held.slot);
            Memory.putInt(at + SOCKET_KEEPIDLE, 1 + random.nextInt(100));
            Memory.putInt(at + SOCKET_OPTION_SEQ, Memory.getInt(at + SOCKET_OPTION_SEQ) + 1);
            held.program.markDirty(held.slot);
        }
    }

    /** Gives a socket to a program without the layer: from then on a pair stands for it. */
    private void escalate(final Runnable between) {
        if (sockets.isEmpty() || pairs.size() > 4) {
            return;
        }
        final Held held = sockets.remove(random.nextInt(sockets.size()));
        final int[] pair = Pairs.streams();
        final SyntheticProgram program = held.program;
        // Without the program's end: the service closes what it gets on another thread, at a time that no seed decides.
        program.send(program.out.begin(JR_MSG_ESCALATE).process(held.slot).value(held.generation), pair[0]);
        Descriptors.close(pair[0]);
        between.run();
        rig.turn();
        note("escalate " + program.receive() + " " + program.in.status());
        pairs.add(new int[] {pair[1]});
        program.command(JR_COMMAND_CLOSE, held.slot, held.generation, 0);
    }

    private void throughPair() {
        if (pairs.isEmpty()) {
            return;
        }
        final int fd = pairs.getFirst()[0];
        final SyntheticProgram room = programs.getFirst();
        final int sent = Sockets.send(fd, room.in.at, 64);
        final int received = Sockets.receive(fd, room.in.at, 64);
        // The service closes its end on another thread: until it has, the end of the stream shows and no error.
        note("pair " + sent + " " + (received == -Errno.ECONNRESET ? 0 : received));
        if (random.nextInt(4) == 0) {
            Descriptors.close(pairs.removeFirst()[0]);
        }
    }

    private void fork(final Runnable between) {
        if (programs.size() > 6) {
            return;
        }
        final SyntheticProgram parent = any(programs);
        final int[] pair = Pairs.make();
        parent.send(parent.out.begin(JR_MSG_FORK), pair[0]);
        Descriptors.close(pair[0]);
        between.run();
        rig.turn();
        note("fork " + parent.receive() + " " + parent.in.process());
        final SyntheticProgram child = new SyntheticProgram(parent, pair[1]);
        child.number = parent.in.process();
        child.send(child.out.begin(JR_MSG_CHILD).value(4711));
        rig.turn();
        note("child " + child.receive());
        for (final Held held : List.copyOf(sockets)) {
            if (held.program == parent) {
                sockets.add(new Held(child, held.slot, held.generation));
            }
        }
        programs.add(child);
    }

    private void die() {
        if (programs.size() > 2) {
            final SyntheticProgram program = programs.get(1 + random.nextInt(programs.size() - 1));
            program.die();
            sockets.removeIf(held -> held.program == program);
            programs.remove(program);
            if (programs.size() < 3) {
                attach();
            }
        }
    }

    /** All that programs see of their sockets without doing anything. */
    private void look() {
        for (final Held held : sockets) {
            final long at = held.program.socket(held.slot);
            note(held.slot + ": " + held.program.generation(held.slot) + " " + held.program.state(held.slot) + " "
                    + held.program.error(held.slot) + " " + Memory.getLong(at + SOCKET_RX_PROD) + " "
                    + Memory.getLong(at + SOCKET_TX_CONS) + " " + Memory.getInt(at + SOCKET_RX_EDGES) + " "
                    + Memory.getInt(at + SOCKET_TX_EDGES) + " " + Memory.getInt(at + SOCKET_UNSENT));
        }
        for (final LoopedInstance core : rig.host.cores) {
            note("instance " + core.id + " " + core.ended);
        }
    }

    /** What is known of chunks in the end: free and promised ones of each instance. */
    void end() {
        rig.turns(50);
        look();
        for (final ShmInstance instance : rig.transport.instances()) {
            final int[] kinds = new int[5];
            for (int chunk = 0; chunk < instance.pool().capacity(); chunk++) {
                kinds[instance.pool().kind(chunk)]++;
            }
            note("chunks " + Arrays.toString(kinds) + " "
                    + instance.pool().free() + " "
                    + instance.pool().promised() + " sockets "
                    + instance.sockets().inUse());
        }
    }

    @Override
    public void close() {
        pairs.forEach(pair -> Descriptors.close(pair[0]));
        programs.forEach(SyntheticProgram::close);
        rig.close();
    }
}
