package joyride.ipc.shm;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A server and a client, each an application of its own, with connections between them: the base of tests. */
abstract class TwoPrograms {
    @TempDir
    Path directory;

    Rig rig;
    SyntheticProgram server;
    SyntheticProgram client;

    /** Of each connection the client's slot. */
    int[] near;

    /** And the server's. */
    int[] far;

    /** @param memoryMiB of ring memory, each */
    void connect(final int memoryMiB, final int connections) {
        rig = new Rig(directory, memoryMiB);
        server = rig.program("server");
        client = rig.program("client");
        near = new int[connections];
        far = new int[connections];
        server.listen("127.77.0.1", 8080, 16);
        rig.turn();
        final int listener = server.callSlotOf();
        for (int i = 0; i < connections; i++) {
            client.connect("127.77.0.1", 8080);
            rig.turn();
            near[i] = client.callSlotOf();
            far[i] = server.accept(listener);
            rig.turn();
        }
    }

    @AfterEach
    void detach() {
        rig.close();
    }
}
