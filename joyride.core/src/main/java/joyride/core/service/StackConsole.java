package joyride.core.service;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin;
import joyride.api.counters.DropReason;
import joyride.api.tcp.TcpTunables;
import joyride.core.counters.CounterStore;
import joyride.core.engine.Engine;
import joyride.core.instance.Instance;
import joyride.core.tcp.EventTrace;
import joyride.core.tcp.TraceFile;

/** The service's console: views and operations, each a task on the loop. */
final class StackConsole implements StackAdmin {
    private static final int MOST_EVENTS = 65_536;

    private static final String DROP = "drop.";

    private final Stack stack;
    private final Captures captures;
    private final NamedSettings named;
    private final BooleanSupplier warm;
    private final KernelSockets kernel = new KernelSockets(Path.of("/proc"));

    StackConsole(final Stack stack, final BooleanSupplier warm) {
        this.stack = stack;
        this.captures = new Captures(stack);
        this.named = new NamedSettings(stack.engine(), stack.calls(), stack.tcp());
        this.warm = warm;
    }

    private Engine engine() {
        return stack.engine();
    }

    @Override
    public List<InterfaceView> interfaces() {
        return stack.ports()
                .complete(stack.calls()
                        .call("interfaces", () -> engine().network().views().interfaces()));
    }

    @Override
    public List<RouteView> routes() {
        return stack.calls().call("routes", () -> engine().network().views().routes());
    }

    @Override
    public List<NeighbourView> neighbours() {
        return stack.calls().call("neighbours", () -> engine().network().views().neighbours());
    }

    @Override
    public List<InstanceView> instances() {
        return stack.calls().call("instances", () -> engine().instanceViews());
    }

    @Override
    public List<SocketView> sockets() {
        final List<KernelSockets.Program> programs = new ArrayList<>();
        final List<SocketView> views = new ArrayList<>(stack.calls().call("sockets", () -> {
            for (final Instance instance : engine().instances()) {
                if (!instance.processes().isEmpty()) {
                    programs.add(new KernelSockets.Program(
                            instance.id(),
                            List.of(instance.processes().split(",")),
                            engine().policy(instance.application())));
                }
            }
            return engine().transport().socketViews();
        }));
        views.addAll(kernel.of(programs, List.copyOf(views)));
        return views;
    }

    @Override
    public List<VariantView> variants() {
        final List<VariantView> views = new ArrayList<>(stack.tcp().views());
        views.addAll(stack.ports().views());
        views.addAll(stack.transports().views());
        return views;
    }

    @Override
    public Map<String, Map<String, Long>> counters() {
        final Map<String, Map<String, Long>> counters =
                new LinkedHashMap<>(engine().context().counters().snapshot());
        counters.putAll(stack.ports().counters());
        return counters;
    }

    @Override
    public List<DropView> drops() {
        final List<DropView> views = new ArrayList<>();
        for (final CounterStore.Group group : engine().context().counters().groups()) {
            final String[] names = group.description().names();
            for (int slot = 0; slot < names.length; slot++) {
                final long packets = group.block().get(slot);
                if (packets != 0 && names[slot].startsWith(DROP)) {
                    final String reason = names[slot].substring(DROP.length());
                    final String where = group.name().equals("drops") ? "all" : group.name();
                    views.add(new DropView(where, reason, describe(reason), packets));
                }
            }
        }
        return views;
    }

    private static String describe(final String reason) {
        return DropReason.valueOf(reason.toUpperCase(Locale.ROOT)).description();
    }

    @Override
    public Map<String, String> sysctl(final long instance) {
        final Map<String, String> values = new TreeMap<>(stack.calls()
                .call(
                        "sysctl",
                        () -> instance == 0
                                ? engine().tunables().values()
                                : tunables(instance).instanceValues()));
        values.putAll(named.values(instance));
        return values;
    }

    @Override
    public void sysctl(final long instance, final String name, final String value) {
        if (NamedSettings.has(name)) {
            named.set(instance, name, value);
            return;
        }
        if (instance != 0 && TcpTunables.isOfService(name)) {
            throw new AdminException(name + " is about what instances share: set it for all of them, without -i");
        }
        stack.calls().run("sysctl", () -> {
            try {
                tunables(instance).set(name, value);
            } catch (final IllegalArgumentException e) {
                throw new AdminException(e.getMessage());
            }
        });
    }

    private TcpTunables tunables(final long id) {
        if (id == 0) {
            return engine().tunables();
        }
        for (final Instance instance : engine().instances()) {
            if (instance.id() == id) {
                return instance.tunables();
            }
        }
        throw new AdminException("there is no instance " + id + "; joyride:instances lists them");
    }

    @Override
    public String swap(final String kind, final String name, final SwapScope scope) {
        return switch (kind) {
            case "tcp", "cc" -> {
                refuse(kind, !scope.interfaceName().isEmpty(), "an interface");
                yield stack.tcp().swap(kind, name, scope.instance(), scope.connection());
            }
            case "nic" -> {
                refuse(kind, scope.instance() != 0 || !scope.connection().isEmpty(), "an instance or connection");
                yield stack.ports().swap(name, scope.interfaceName());
            }
            case "ipc" -> {
                refuse(kind, !scope.equals(SwapScope.ALL), "only a part");
                yield stack.transports().swap(name);
            }
            default -> throw new AdminException("swap knows no kind '" + kind + "'; there are tcp, cc, nic and ipc");
        };
    }

    @Override
    public Background background() {
        return stack.courtesy().background();
    }

    @Override
    public void prefer(final String bundle) {
        stack.tcp().prefer(bundle);
        stack.transports().prefer(bundle);
    }

    private static void refuse(final String kind, final boolean wrong, final String what) {
        if (wrong) {
            throw new AdminException("swap " + kind + " cannot be for " + what
                    + "; tcp and cc are for all instances, one, or one connection, nic for all interfaces or one");
        }
    }

    @Override
    public List<SwapView> swaps() {
        return stack.swaps().views();
    }

    @Override
    public void startCapture(final String interfaceName, final String file, final long packets) {
        captures.start(interfaceName, file, packets);
    }

    @Override
    public long stopCapture(final String interfaceName) {
        return captures.stop(interfaceName);
    }

    @Override
    public void startTrace(final String connection, final int events) {
        if (events < 1 || events > MOST_EVENTS) {
            throw new AdminException("a trace has 1.." + MOST_EVENTS + " events, not " + events);
        }
        if (!stack.calls().call("trace", () -> begin(connection, events))) {
            throw new AdminException("there is no connection '" + connection
                    + "'; write LOCAL and REMOTE as joyride:sockets shows them");
        }
    }

    private boolean begin(final String connection, final int events) {
        try {
            return engine().transport().startTrace(connection, events);
        } catch (final IllegalStateException e) {
            throw new AdminException(e.getMessage());
        }
    }

    @Override
    public long stopTrace(final String connection, final String file) {
        final EventTrace trace =
                stack.calls().call("trace", () -> engine().transport().stopTrace(connection));
        if (trace == null) {
            throw new AdminException("'" + connection + "' is not traced; trace start LOCAL REMOTE does it");
        }
        try {
            TraceFile.write(trace, Path.of(file), System.currentTimeMillis() * 1_000_000L - System.nanoTime());
        } catch (final IOException | InvalidPathException e) {
            throw new AdminException("trace file '" + file + "' cannot be written: " + e.getMessage());
        }
        return trace.size();
    }

    /** Ends what runs for the console. */
    void close() {
        captures.close();
    }

    @Override
    public boolean warm() {
        return warm.getAsBoolean();
    }
}
