package joyride.shell;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.DropView;
import joyride.api.admin.StackAdmin.InstanceView;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.NeighbourView;
import joyride.api.admin.StackAdmin.RouteView;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.admin.StackAdmin.SwapView;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.tcp.TcpState;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands that show the service as it is. Each runs on its session's thread. */
@Component(service = ViewCommands.class)
@GogoCommand(
        scope = "joyride",
        function = {"status", "interfaces", "routes", "neighbours", "instances", "sockets", "variants", "swaps", "drops"
        })
public final class ViewCommands {
    private static final Comparator<SocketView> ORDER = Comparator.comparingLong(SocketView::instance)
            .thenComparing(view -> !startsWith(view.state(), "LISTEN"))
            .thenComparing(SocketView::local)
            .thenComparing(SocketView::remote);

    private final Admin admin;

    /** Called by the container. */
    @Activate
    public ViewCommands(@Reference final Admin admin) {
        this.admin = admin;
    }

    /** The service in a few lines. */
    @Descriptor("shows in a few lines how the service is")
    public String status(@Descriptor("none") final String... none) {
        Arguments.check("status", none, 0, 0);
        StackAdmin stack = admin.get();
        List<SocketView> sockets = stack.sockets();
        List<InterfaceView> interfaces = stack.interfaces();
        ProcessHandle self = ProcessHandle.current();
        long seconds = self.info()
                .startInstant()
                .map(start -> Duration.between(start, Instant.now()).toSeconds())
                .orElse(0L);
        return String.join(
                "\n",
                "process: " + self.pid(),
                "uptime: " + seconds + " s",
                "warm: " + stack.warm(),
                "interfaces: " + interfaces.stream().filter(InterfaceView::up).count() + " up of " + interfaces.size(),
                "instances: "
                        + stack.instances().stream()
                                .filter(ViewCommands::isThere)
                                .count(),
                "sockets: " + sockets.stream().filter(SocketView::accelerated).count() + " accelerated of "
                        + sockets.size());
    }

    /** The interfaces. */
    @Descriptor("shows the interfaces: driver, addresses, traffic")
    public List<InterfaceView> interfaces(@Descriptor("names; none: all") final String... names) {
        Arguments.check("interfaces [NAME…]", names, 0, Integer.MAX_VALUE);
        for (String name : names) {
            admin.interfaceName(name);
        }
        return Views.interfaces(admin.get().interfaces().stream()
                .filter(view -> names.length == 0 || List.of(names).contains(view.name()))
                .toList());
    }

    /** The routes. */
    @Descriptor("shows the routes")
    public List<RouteView> routes(@Descriptor("part of a destination, gateway or interface") final String... text) {
        Arguments.check("routes [TEXT]", text, 0, 1);
        return Views.routes(admin.get().routes().stream()
                .filter(view -> matches(text, view.destination(), view.gateway(), view.interfaceName()))
                .toList());
    }

    /** The neighbours. */
    @Descriptor("shows the neighbours (ARP) of the interfaces")
    public List<NeighbourView> neighbours(@Descriptor("part of an address or interface") final String... text) {
        Arguments.check("neighbours [TEXT]", text, 0, 1);
        return Views.neighbours(admin.get().neighbours().stream()
                .filter(view -> matches(text, view.address(), view.mac(), view.interfaceName()))
                .toList());
    }

    /** The stack instances. */
    @Descriptor("shows the stack instances: one for each application")
    public List<InstanceView> instances(
            @Descriptor("with those that have ended, and why")
                    @Parameter(
                            names = {"-a", "--all"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean all,
            @Descriptor("part of a name, state or process id") final String... text) {
        Arguments.check("instances [-a] [TEXT]", text, 0, 1);
        return Views.instances(admin.get().instances().stream()
                .filter(view -> all || isThere(view))
                .filter(view -> matches(text, view.name(), view.state(), view.processes()))
                .toList());
    }

    /** Whether it runs, or has failed under a program that is still there. */
    static boolean isThere(final InstanceView view) {
        return view.state().equals("running") || !view.processes().isEmpty();
    }

    /** The sockets. */
    @Descriptor("shows the sockets, whether each is accelerated and, if not, why")
    public List<SocketView> sockets(
            @Descriptor("only listeners")
                    @Parameter(
                            names = {"-l", "--listen"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean listeners,
            @Descriptor("only those that are not accelerated")
                    @Parameter(
                            names = {"-k", "--kernel"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean kernel,
            @Descriptor("only of the instance with this id")
                    @Parameter(
                            names = {"-i", "--instance"},
                            absentValue = "")
                    final String instance,
            @Descriptor("only in this state, by its beginning")
                    @Parameter(
                            names = {"-s", "--state"},
                            absentValue = "")
                    final String state,
            @Descriptor("part of an address, port, protocol or process id") final String... text) {
        Arguments.check("sockets [-l] [-k] [-i ID] [-s STATE] [TEXT]", text, 0, 1);
        Predicate<SocketView> wanted =
                view -> matches(text, view.local(), view.remote(), view.protocol(), view.processes());
        if (listeners) {
            wanted = wanted.and(view -> startsWith(view.state(), "LISTEN"));
        }
        if (kernel) {
            wanted = wanted.and(view -> !view.accelerated());
        }
        if (!instance.isEmpty()) {
            long id = admin.instance(instance);
            wanted = wanted.and(view -> view.instance() == id);
        }
        List<SocketView> all = admin.get().sockets();
        if (!state.isEmpty()) {
            checkState(state, all);
            wanted = wanted.and(view -> startsWith(view.state(), state));
        }
        return Views.sockets(all.stream().filter(wanted).sorted(ORDER).toList());
    }

    /** @throws ShellException if no socket could ever be in it */
    private static void checkState(final String state, final List<SocketView> sockets) {
        List<String> known = IntStream.rangeClosed(TcpState.CLOSED, TcpState.TIME_WAIT)
                .mapToObj(TcpState::name)
                .toList();
        // The kernel's may have other names.
        if (Stream.concat(known.stream(), sockets.stream().map(SocketView::state))
                .noneMatch(name -> startsWith(name, state))) {
            throw new ShellException("no state '" + state + "'; one of " + String.join(", ", known));
        }
    }

    /** What can be replaced. */
    @Descriptor("shows TCP variants, congestion controls, NIC drivers and IPC transports, and which are in use")
    public List<VariantView> variants(@Descriptor("tcp, cc, nic or ipc; none: all") final String... kind) {
        Arguments.check("variants [tcp|cc|nic|ipc]", kind, 0, 1);
        if (kind.length == 1) {
            Admin.oneOf("kind", kind[0], List.of("tcp", "cc", "nic", "ipc"));
        }
        return Views.variants(admin.get().variants().stream()
                .filter(view -> kind.length == 0 || view.kind().equals(kind[0]))
                .toList());
    }

    /** The replacements of parts. */
    @Descriptor(
            "shows the latest replacements of parts: the pause of each, and TCP segments a second in the second after it")
    public List<SwapView> swaps(@Descriptor("tcp, cc, nic or ipc; none: all") final String... kind) {
        Arguments.check("swaps [tcp|cc|nic|ipc]", kind, 0, 1);
        if (kind.length == 1) {
            Admin.oneOf("kind", kind[0], List.of("tcp", "cc", "nic", "ipc"));
        }
        return Views.swaps(admin.get().swaps().stream()
                .filter(view -> kind.length == 0 || view.kind().equals(kind[0]))
                .toList());
    }

    /** The drops. */
    @Descriptor("shows the packets dropped, with a reason each")
    public List<DropView> drops(@Descriptor("part of a place or reason") final String... text) {
        Arguments.check("drops [TEXT]", text, 0, 1);
        return Views.drops(admin.get().drops().stream()
                .filter(view -> matches(text, view.where(), view.reason()))
                .toList());
    }

    private static boolean matches(final String[] text, final String... fields) {
        return text.length == 0
                || Stream.of(fields)
                        .anyMatch(field -> field != null && lower(field).contains(lower(text[0])));
    }

    private static boolean startsWith(final String value, final String beginning) {
        return value != null && lower(value).startsWith(lower(beginning));
    }

    private static String lower(final String text) {
        return text.toLowerCase(Locale.ROOT);
    }
}
