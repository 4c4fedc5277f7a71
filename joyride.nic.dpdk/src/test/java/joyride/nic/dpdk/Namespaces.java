package joyride.nic.dpdk;

import static joyride.testkit.nic.ThreadNamespace.ip;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import joyride.testkit.nic.ThreadNamespace;

/** Network namespaces for tests of devices over the kernel's, gone with the test. */
final class Namespaces {
    interface Body {
        void run(Ports ports) throws Exception;
    }

    private Namespaces() {}

    static void run(final Body body) throws Exception {
        // EAL starts outside: its threads must not keep the namespace.
        Ports.here().open("net_null_first", Ports.settings()).close();
        final String refused = ThreadNamespace.run(() -> {
            try (Ports ports = Ports.here()) {
                body.run(ports);
            }
        });
        assumeTrue(refused == null, refused);
    }

    /** A pair, near and far, up. @param extra what ip link add takes for each end */
    static void veth(final String extra) throws Exception {
        // Or the kernel's neighbour discovery sends frames when it likes.
        ThreadNamespace.command("sysctl -q -w net.ipv6.conf.default.disable_ipv6=1");
        ip("link add near " + extra + " type veth peer name far " + extra);
        ip("link set near up");
        ip("link set far up");
    }
}
