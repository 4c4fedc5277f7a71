package joyride.nic.dpdk;

import java.util.function.BooleanSupplier;
import joyride.api.nic.NicEvents;

/**
 * What a port tells that is a memif's client: net_memif connects when it starts and never again, so that one whose server has gone, or does not
 * answer, has failed. Who opens another one reaches the server when it is back.
 */
record MemifClientEvents(BooleanSupplier link, NicEvents events) implements NicEvents {
    @Override
    public void failed(final String reason) {
        events.failed(reason);
    }

    @Override
    public void changed() {
        if (link.getAsBoolean()) {
            events.changed();
        } else {
            events.failed("the memif's server has gone, or does not answer");
        }
    }
}
