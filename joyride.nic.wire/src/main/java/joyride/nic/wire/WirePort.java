package joyride.nic.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicPort;
import joyride.api.nic.NicQueue;
import joyride.api.nic.Offload;
import joyride.api.nic.PacketBatch;

/** One end of a {@link Wire}. It can be opened again after {@link #close}; the peer sees the link go and come. */
public final class WirePort implements NicPort {
    private final Wire wire;
    private final boolean isA;
    private final Lane out;
    private final Lane in;
    private final WireQueue queue;
    private String name;
    private MacAddress mac;

    WirePort(final Wire wire, final boolean isA, final Lane out, final Lane in) {
        this.wire = wire;
        this.isA = isA;
        this.out = out;
        this.in = in;
        queue = new WireQueue(out, in);
    }

    /** Opens the end under a name and address. The wire's lock is held. */
    void open(final String portName, final MacAddress address) {
        name = portName;
        mac = address;
        in.peerOpen(true);
    }

    boolean isOpen() {
        return in.peerOpen();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public MacAddress macAddress() {
        return mac;
    }

    @Override
    public int mtu() {
        return wire.mtu();
    }

    @Override
    public int offloads() {
        return out.offload()
                ? ChecksumOffload.ABLE
                        | Offload.TX_TCP_SEGMENTATION
                        | Offload.TX_TCP6_SEGMENTATION
                        | Offload.TX_CONTINUES
                : 0;
    }

    @Override
    public int segmentationPieces() {
        return PacketBatch.BURST;
    }

    @Override
    public boolean linkUp() {
        return out.peerOpen();
    }

    @Override
    public NicQueue queue(final int index) {
        if (index != 0) {
            throw new IndexOutOfBoundsException("queue " + index + " of " + name + ": a wire has queue 0 alone");
        }
        return queue;
    }

    /** What befell frames that this port sent. */
    public long count(final WireCounter counter) {
        return out.count(counter);
    }

    @Override
    public Map<String, Long> statistics() {
        final Map<String, Long> statistics = new LinkedHashMap<>();
        for (final WireCounter counter : WireCounter.values()) {
            statistics.put(counter.label(), out.count(counter));
        }
        statistics.put("rx packets", in.count(WireCounter.DELIVERED));
        statistics.put("rx bytes", in.count(WireCounter.DELIVERED_BYTES));
        return statistics;
    }

    @Override
    public String mode() {
        return "wire " + wire.name() + (isA ? " end a" : " end b");
    }

    @Override
    public void close() {
        wire.close(this);
    }

    /** The wire's lock is held. */
    void shut() {
        in.peerOpen(false);
        in.discard();
    }

    Lane out() {
        return out;
    }
}
