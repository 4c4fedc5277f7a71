package joyride.testkit.packetdrill;

import joyride.testkit.simulation.MemoryEndpoint;
import joyride.testkit.simulation.Program;

/** A file descriptor of a script. */
final class Descriptor {
    /** The script acts for it. */
    static final class Idle extends Program {
        @Override
        protected void act(final long now) {
            // nothing by itself
        }
    }

    final MemoryEndpoint endpoint;
    boolean nonBlocking;
    boolean closeOnExec;
    boolean fastOpen;
    boolean started;
    boolean listening;
    int boundPort;
    private boolean errorTaken;

    Descriptor(final MemoryEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Whether there is an error to take. */
    boolean hasError() {
        return !errorTaken && endpoint.errno() != 0;
    }

    /** The error that ended the connection, once; 0: none, or it was asked for already. */
    int takeError() {
        if (errorTaken || endpoint.errno() == 0) {
            return 0;
        }
        errorTaken = true;
        return endpoint.errno();
    }
}
