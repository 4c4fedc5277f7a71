package joyride.nic.dpdk;

import java.nio.file.Path;
import joyride.api.nic.NicException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A test with ports of its own, in the process's namespace; what it opened is closed, and counted, after it. */
abstract class PortsCase {
    Ports ports;

    @BeforeEach
    void find() {
        ports = Ports.here();
    }

    @AfterEach
    void close() {
        if (ports != null) {
            ports.close();
        }
    }

    /** One end of a memif whose socket is in {@code directory}. @param role server or client; {@code arguments} of the settings are added to it */
    DpdkPort memif(final Path directory, final String role, final int mtu, final String... settings)
            throws NicException {
        final var all = Ports.settings(settings);
        all.put(
                "arguments",
                "role=" + role + ",socket-abstract=no,socket=" + directory.resolve("memif.sock")
                        + all.getOrDefault("arguments", ""));
        return ports.open(role.equals("server") ? "net_memif0" : "net_memif1", 1, mtu, all);
    }

    /** Both ends of a memif with frames of 9,000 bytes, which the second receives in several mbufs. */
    DpdkPort[] inPieces(final Path directory) throws NicException {
        final DpdkPort whole = memif(directory, "server", 9000, "frames", "1500");
        final DpdkPort pieces = memif(directory, "client", 9000, "buffer.bytes", "2048");
        Ports.connect(whole, pieces);
        return new DpdkPort[] {whole, pieces};
    }
}
