package joyride.core.instance;

import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.counters.CounterBlock;
import joyride.api.net.IpAddress;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost.Application;
import joyride.api.tcp.TcpTunables;

/** One application's stack instance, on its event loop. */
public final class Instance implements StackInstance {
    private static final System.Logger LOG = System.getLogger(Instance.class.getName());

    private final InstanceHome home;
    private final long id;
    private final String name;
    private final TcpTunables tunables = new TcpTunables();
    private final CounterBlock counters;
    private final long quota;
    private String variant = "";
    private String congestionControl = "";
    private long used;
    private int sockets;
    private volatile String ended;
    private String processes = "";
    private Application application = Application.UNKNOWN;

    /** @param quota bytes of kernel-side memory (out-of-order data, control blocks) */
    public Instance(
            final InstanceHome home, final long id, final String name, final CounterBlock counters, final long quota) {
        this.home = home;
        this.id = id;
        this.name = name;
        this.counters = counters;
        this.quota = quota;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void processes(final String ids) {
        processes = ids;
    }

    /** Its processes, by their ids separated by commas. */
    public String processes() {
        return processes;
    }

    @Override
    public void application(final Application who) {
        application = who;
    }

    /** Who runs in it. */
    public Application application() {
        return application;
    }

    /** This instance's own sysctl values. */
    public TcpTunables tunables() {
        return tunables;
    }

    /** The name of the TCP variant that new connections get. */
    public String variant() {
        return variant;
    }

    public void variant(final String variantName) {
        variant = variantName;
    }

    /** The name of the congestion control that new connections get. */
    public String congestionControl() {
        return congestionControl;
    }

    public void congestionControl(final String algorithm) {
        congestionControl = algorithm;
    }

    /** Drops by reason of packets for this instance. */
    public CounterBlock counters() {
        return counters;
    }

    /** Takes {@code bytes} of the instance's quota of core's memory. @return false, and nothing taken, if it has not as much */
    public boolean charge(final long bytes) {
        if (used + bytes > quota) {
            return false;
        }
        used += bytes;
        return true;
    }

    /** Gives back what {@link #charge} took. */
    public void release(final long bytes) {
        used -= bytes;
    }

    public long used() {
        return used;
    }

    public long quota() {
        return quota;
    }

    /** Counts a socket in or out, for the limit and the console. */
    public void socketCount(final int change) {
        sockets += change;
    }

    public int sockets() {
        return sockets;
    }

    @Override
    public Socket openStream(final Endpoint endpoint) {
        return ended == null ? home.openStream(this, endpoint) : null;
    }

    @Override
    public boolean hasListener(final IpAddress address, final int port) {
        return home.hasListener(address.high(), address.low(), port);
    }

    @Override
    public boolean isLocal(final IpAddress address) {
        return home.isLocal(address.high(), address.low());
    }

    @Override
    public void end(final String reason) {
        if (ended == null) {
            ended = reason;
            home.ended(this);
        }
    }

    /** Ends the instance because code of it threw. Whoever calls variant, congestion control or option code catches, and calls this. */
    public void fail(final String where, final Throwable thrown) {
        if (ended == null) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "instance " + id + " (" + name + ") ended: exception in " + where,
                    thrown);
            end("exception in " + where + ": " + thrown);
        }
    }

    @Override
    public boolean ended() {
        return ended != null;
    }

    /** For the console. */
    public InstanceView view() {
        final String state = ended == null ? "running" : ended;
        return new InstanceView(id, name, processes, state, variant, congestionControl, sockets, used, quota);
    }

    /** Why it ended, or null. */
    public String endReason() {
        return ended;
    }
}
