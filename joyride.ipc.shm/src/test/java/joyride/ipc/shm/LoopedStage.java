package joyride.ipc.shm;

import java.util.ArrayList;
import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.socket.Attachments;
import joyride.api.socket.IpcTransport;
import joyride.api.socket.RehearsalStage;

/** A stage without a stack: both hosts are on one {@link LoopedNetwork}. Ends after so many questions whether to. */
final class LoopedStage implements RehearsalStage {
    private final LoopedHost host = new LoopedHost();
    private final List<IpcTransport> transports = new ArrayList<>();
    private int rounds;

    /** Nothing is carried. */
    boolean deaf;

    LoopedStage(final int rounds) {
        this.rounds = rounds;
    }

    @Override
    public IpAddress local(final int number) {
        return IpAddress.parse("127.77.0.1");
    }

    @Override
    public IpAddress remote(final int number) {
        return IpAddress.parse("127.77.0.2");
    }

    @Override
    public void attach(final int number, final IpcTransport transport) {
        transport.attach(host);
        transports.add(transport);
    }

    @Override
    public void detach(final int number, final IpcTransport transport) {
        transports.remove(transport);
        transport.detach();
    }

    @Override
    public void exchange(final int number, final IpcTransport leaving, final IpcTransport successor) {
        transports.remove(leaving);
        final Attachments left = leaving.release();
        successor.adopt(host, left);
        transports.add(successor);
    }

    @Override
    public void turn(final long nanos) {
        host.now += nanos;
        transports.forEach(IpcTransport::poll);
        if (!deaf) {
            host.network.pump();
        }
        transports.forEach(IpcTransport::flush);
    }

    @Override
    public boolean enough() {
        return rounds-- <= 0;
    }
}
