package joyride.nic.afxdp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import joyride.testkit.nic.ThreadNamespace;

/** A network namespace for a test, which is skipped where this user may not make one. */
final class Namespace {
    private Namespace() {}

    /** What {@code body} throws is thrown. */
    static void run(final ThreadNamespace.Body body) throws Exception {
        final String refused = ThreadNamespace.run(body);
        assumeTrue(refused == null, refused);
    }
}
