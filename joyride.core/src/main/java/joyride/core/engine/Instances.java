package joyride.core.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Errno;
import joyride.api.socket.Socket;
import joyride.api.tcp.TcpTunables;
import joyride.core.counters.CounterStore;
import joyride.core.instance.Instance;
import joyride.core.instance.InstanceHome;
import joyride.core.ip.IpOutput;
import joyride.core.transport.TransportStage;

/** The stack instances of one engine: what new ones start with, those that live, those that ended lately. On the engine's thread. */
final class Instances implements InstanceHome {
    private static final long DEFAULT_QUOTA = 256L << 20;
    private static final int ENDED_SHOWN = 16;

    private final TransportStage transport;
    private final IpOutput output;
    private final CounterStore counters;
    private final TcpTunables tunables;
    private final List<Instance> living = new ArrayList<>();
    private final ArrayDeque<InstanceView> lately = new ArrayDeque<>();
    private String variant = "freebsd";
    private String congestionControl = "cubic";
    private long quota = DEFAULT_QUOTA;
    private long ids;

    /** @param tunables the values that new ones start with */
    Instances(
            final TransportStage transport,
            final IpOutput output,
            final CounterStore counters,
            final TcpTunables tunables) {
        this.transport = transport;
        this.output = output;
        this.counters = counters;
        this.tunables = tunables;
    }

    void defaults(final String variantName, final String algorithm) {
        variant = variantName;
        congestionControl = algorithm;
    }

    String defaultVariant() {
        return variant;
    }

    String defaultCongestionControl() {
        return congestionControl;
    }

    void quota(final long bytes) {
        quota = bytes;
    }

    Instance create(final String name) {
        final long id = ++ids;
        final Instance instance =
                new Instance(this, id, name, counters.block("instance " + id, CounterStore.Description.drops()), quota);
        instance.tunables().copyFrom(tunables);
        instance.variant(variant);
        instance.congestionControl(congestionControl);
        living.add(instance);
        return instance;
    }

    List<Instance> living() {
        return living;
    }

    /** Those that ended lately, too. */
    List<InstanceView> views() {
        final List<InstanceView> views = new ArrayList<>(living.size() + lately.size());
        living.forEach(instance -> views.add(instance.view()));
        views.addAll(lately);
        return views;
    }

    @Override
    public Socket openStream(final Instance instance, final Endpoint endpoint) {
        return transport.openStream(instance, endpoint);
    }

    @Override
    public boolean hasListener(final long high, final long low, final int port) {
        return transport.hasListener(high, low, port);
    }

    @Override
    public boolean isLocal(final long high, final long low) {
        return output.isLocal(high, low);
    }

    @Override
    public void ended(final Instance instance) {
        transport.end(instance, Errno.ECONNRESET);
        living.remove(instance);
        lately.addLast(instance.view());
        if (lately.size() > ENDED_SHOWN) {
            lately.removeFirst();
        }
        counters.release(instance.counters());
    }
}
