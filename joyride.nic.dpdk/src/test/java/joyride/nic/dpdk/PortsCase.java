package joyride.nic.dpdk;

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
}
