package joyride.core.engine;

import joyride.api.nic.PacketBatch;
import joyride.core.ip.NetInterface;

/** What an {@link Engine} asks of the IP layer each turn. On the engine's thread. */
public interface NetworkStage {
    /** Takes a burst of received frames; the engine releases them afterwards. */
    void input(NetInterface in, PacketBatch batch);

    /** Delivers packets between local addresses that wait, until none is left. @return how many */
    int drainLoopback();

    /** Hands the frames that wait to the NIC queues. @return how many */
    int transmit();
}
