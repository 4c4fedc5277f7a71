package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import joyride.testkit.packetdrill.script.PacketSpec.Ports;

/** The connections of a script. A packet belongs to the one begun last, or to the one whose ports it names. */
final class Flows {
    private static final int FIRST_REMOTE_PORT = 20_000;
    private static final int IRS = 0x1000_0000;
    private static final int IRS_STEP = 0x0123_4567;

    private final List<Flow> named = new ArrayList<>();
    private Flow latest;
    private int count;

    /** @param port to which packets go before anybody listens or connects */
    Flows(final int port) {
        latest = new Flow(port, FIRST_REMOTE_PORT, IRS);
    }

    Flow latest() {
        return latest;
    }

    void passive(final int localPort) {
        begin(localPort, FIRST_REMOTE_PORT + count);
    }

    void active(final int localPort, final int remotePort) {
        begin(localPort, remotePort);
    }

    private void begin(final int localPort, final int remotePort) {
        latest = make(localPort, remotePort);
    }

    private Flow make(final int localPort, final int remotePort) {
        count++;
        return new Flow(localPort, remotePort, IRS + count * IRS_STEP);
    }

    /** @param ports as a packet names them; null: not at all */
    Flow of(final Ports ports, final boolean outbound) {
        if (ports == null) {
            return latest;
        }
        final int local = outbound ? ports.source() : ports.destination();
        final int remote = outbound ? ports.destination() : ports.source();
        if (latest.localPort == local && latest.remotePort == remote) {
            return latest;
        }
        for (final Flow flow : named) {
            if (flow.localPort == local && flow.remotePort == remote) {
                return flow;
            }
        }
        final Flow made = make(local, remote);
        named.add(made);
        return made;
    }
}
