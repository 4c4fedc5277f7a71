package joyride.ipc.shm;

import java.nio.file.Path;
import java.util.Set;
import joyride.api.socket.Attachments;

/** A transport on a fake loop, turned by hand. */
final class Rig implements AutoCloseable {
    final LoopedHost host = new LoopedHost();
    final Path path;
    private final ShmSettings settings;
    ShmTransport transport;

    Rig(final Path directory) {
        this(directory, 16);
    }

    Rig(final Path directory, final int memoryMiB) {
        path = directory.resolve("attach.sock");
        settings = new ShmSettings(path, memoryMiB, 50, 200, Set.of(), Set.of());
        transport = new ShmTransport(settings);
        transport.attach(host);
    }

    /** Another transport takes the place of the present one, as core does it. */
    void handOver() {
        adopt(transport.release());
    }

    void adopt(final Attachments left) {
        transport = new ShmTransport(settings);
        transport.adopt(host, left);
    }

    /** One turn of the loop, 2 ms after the last. */
    void turn() {
        host.now += 2_000_000;
        transport.poll();
        host.network.pump();
        transport.flush();
    }

    void turns(final int count) {
        for (int i = 0; i < count; i++) {
            turn();
        }
    }

    /** A program that has attached. */
    SyntheticProgram program(final String name) {
        final SyntheticProgram program = new SyntheticProgram(path);
        program.sayHello(name);
        turn();
        program.welcomed();
        return program;
    }

    ShmInstance instance(final int index) {
        return transport.instances().get(index);
    }

    @Override
    public void close() {
        transport.detach();
    }
}
