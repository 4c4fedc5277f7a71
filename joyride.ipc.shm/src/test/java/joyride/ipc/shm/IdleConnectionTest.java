package joyride.ipc.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import javax.management.JMException;
import javax.management.ObjectName;
import joyride.api.memory.Memory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a connection costs while nothing is on its way. */
class IdleConnectionTest {
    private static final int CONNECTIONS = 400;
    private static final String[] ARGUMENTS = {String[].class.getName()};

    @TempDir
    Path directory;

    /** Live objects by class. */
    private static Map<String, Long> objects() throws JMException {
        final String text = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[] {}},
                        ARGUMENTS);
        final Map<String, Long> counts = new TreeMap<>();
        text.lines().map(line -> line.strip().split("\\s+")).forEach(row -> {
            if (row.length > 3 && row[0].endsWith(":")) {
                counts.merge(row[3], Long.parseLong(row[1]), Long::sum);
            }
        });
        return counts;
    }

    private static long grown(final Map<String, Long> before, final Map<String, Long> after, final String name) {
        return after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L);
    }

    @Test
    void shouldBeThreeObjectsAndNoTablesOnceItIsIdleAfterItTalked() throws JMException {
        try (Rig rig = new Rig(directory, 64)) {
            final SyntheticProgram server = rig.program("server");
            final SyntheticProgram client = rig.program("client");
            server.listen("127.77.0.1", 80, 16);
            rig.turn();
            final int listener = server.callSlotOf();
            final int[] near = new int[CONNECTIONS];
            final int[] far = new int[CONNECTIONS];
            final Map<String, Long> before = objects();
            for (int i = 0; i < CONNECTIONS; i++) {
                client.connect("127.77.0.1", 80);
                rig.turn();
                near[i] = client.callSlotOf();
                far[i] = server.accept(listener);
                rig.turn();
                client.write(near[i], "request");
                server.write(far[i], "answer");
                rig.turn();
                assertEquals("request", server.readText(far[i]));
                assertEquals("answer", client.readText(near[i]));
                rig.turns(40);
            }
            rig.turns(2000);
            final Map<String, Long> after = objects();
            for (final Class<?> part : new Class<?>[] {ShmEndpoint.class, ShmSendRing.class, ShmReceiveRing.class}) {
                assertEquals(2 * CONNECTIONS, grown(before, after, part.getName()), part.getName());
            }
            final String inPackage = ShmEndpoint.class.getPackageName() + ".";
            for (final String name : after.keySet()) {
                if (name.startsWith(inPackage)
                        && !name.startsWith(inPackage + "Looped")
                        && !name.startsWith(inPackage + "Shm")) {
                    assertTrue(grown(before, after, name) < CONNECTIONS / 10, name + ": " + grown(before, after, name));
                }
            }
            assertTrue(grown(before, after, "[I") < CONNECTIONS / 2, "arrays of int: " + grown(before, after, "[I"));
            assertEquals(448, ShmLayout.SOCKET_SIZEOF, "bytes of shared memory");
        }
    }

    @Test
    void shouldNeedNoTablesWhileItOwnsOneChunk() throws JMException {
        try (Rig rig = new Rig(directory, 64)) {
            final SyntheticProgram server = rig.program("server");
            final SyntheticProgram client = rig.program("client");
            server.listen("127.77.0.1", 80, 16);
            rig.turn();
            final int listener = server.callSlotOf();
            final Map<String, Long> before = objects();
            final int[] near = new int[CONNECTIONS];
            for (int i = 0; i < CONNECTIONS; i++) {
                client.connect("127.77.0.1", 80);
                rig.turn();
                near[i] = client.callSlotOf();
                server.accept(listener);
                rig.turn();
            }
            final int free = rig.instance(0).pool().free();
            for (final int slot : near) {
                client.write(slot, "request");
                rig.turn();
            }
            final int owned = free - rig.instance(0).pool().free();
            assertTrue(owned >= CONNECTIONS, "chunks: " + owned);
            final long tables = grown(before, objects(), "[I");
            assertTrue(tables < CONNECTIONS / 2, "arrays of int: " + tables);
        }
    }

    @Test
    void shouldNotBeLookedAtWhenAnotherConnectionTakesChunks() {
        try (Rig rig = new Rig(directory, 64)) {
            final SyntheticProgram server = rig.program("server");
            final SyntheticProgram client = rig.program("client");
            server.listen("127.77.0.1", 80, 16);
            rig.turn();
            final int listener = server.callSlotOf();
            final int[] near = new int[2];
            final int[] far = new int[2];
            for (int i = 0; i < 2; i++) {
                client.connect("127.77.0.1", 80);
                rig.turn();
                near[i] = client.callSlotOf();
                far[i] = server.accept(listener);
                rig.turns(2);
            }
            // The service writes this word whenever a turn has something for the socket.
            final long unsent = client.socket(near[0]) + ShmLayout.SOCKET_UNSENT;
            Memory.putInt(unsent, 77);
            final byte[] bytes = new byte[60_000];
            int read = 0;
            for (int written = 0, turn = 0; read < 100 * bytes.length && turn < 10_000; turn++) {
                written += client.write(near[1], bytes, written % bytes.length);
                rig.turn();
                read += server.read(far[1], bytes.length).length;
            }
            assertTrue(read >= 100 * bytes.length, "only " + read + " bytes came");
            assertEquals(77, Memory.getInt(unsent));
        }
    }
}
