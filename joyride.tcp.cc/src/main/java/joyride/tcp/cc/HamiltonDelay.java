package joyride.tcp.cc;

import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.Reno;
import joyride.api.tcp.TcpControlBlock;
import joyride.api.tcp.TcpTunables;
import org.osgi.service.component.annotations.Component;

/** Hamilton Delay (hd): NewReno that may halve its window at each acknowledgement, the likelier the longer the queue ({@link QueueDelay}). */
@Component(service = CongestionControl.class, property = CongestionControl.NAME + "=" + HamiltonDelay.ALGORITHM)
public final class HamiltonDelay extends DelayBased<RoundTrips> {
    /** Its name. */
    public static final String ALGORITHM = "hd";

    /** For the framework. */
    public HamiltonDelay() {
        super(ALGORITHM, RoundTrips.class);
    }

    @Override
    RoundTrips fresh() {
        return new RoundTrips();
    }

    @Override
    public void ackReceived(final TcpControlBlock tcb, final int type) {
        if (type == ACK) {
            final RoundTrips state = state(tcb);
            state.acknowledged(tcb);
            final int queueing = state.queueing();
            final TcpTunables tunables = tcb.host.tunables();
            if (queueing > tunables.hdQmin * 1000
                    && !tcb.is(TcpControlBlock.RECOVERY)
                    && hit(
                            tcb,
                            QueueDelay.probability(
                                    queueing,
                                    state.most - state.least,
                                    tunables.hdQmin,
                                    tunables.hdQueueThreshold,
                                    tunables.hdPmax))) {
                backOff(tcb, Reno.share(tcb, tcb.sndCwnd, 50));
                return;
            }
        }
        Reno.ackReceived(tcb, type);
    }
}
