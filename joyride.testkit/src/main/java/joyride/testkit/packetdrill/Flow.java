package joyride.testkit.packetdrill;

import java.util.HashMap;
import java.util.Map;

/** The connection that a script is about: from the script's numbers to the wire's. */
final class Flow {
    /** Not known yet. */
    static final int UNKNOWN = -1;

    /** The peer's initial sequence number. */
    final int irs;

    /** The stack's; 0 until it is seen. */
    int iss;

    boolean issKnown;
    int localPort;
    int remotePort;

    /** The stack's timestamps by the script's. */
    final Map<Integer, Integer> timestamps = new HashMap<>();

    Flow(final int localPort, final int remotePort, final int irs) {
        this.localPort = localPort;
        this.remotePort = remotePort;
        this.irs = irs;
    }
}
