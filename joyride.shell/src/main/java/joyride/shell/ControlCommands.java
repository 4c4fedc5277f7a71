package joyride.shell;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.shell.Views.Setting;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Commands that change the running service. Each runs on its session's thread. */
@Component(service = ControlCommands.class)
@GogoCommand(
        scope = "joyride",
        function = {"swap", "sysctl", "pcap", "trace"})
public final class ControlCommands {
    private static final String SWAP =
            "swap tcp|cc NAME [-i ID] | swap tcp|cc NAME LOCAL REMOTE [-i ID] | swap nic DRIVER [INTERFACE] | swap ipc NAME";
    private static final Map<String, String> KINDS =
            Map.of("tcp", "TCP variant", "cc", "congestion control", "nic", "NIC driver", "ipc", "IPC transport");
    private static final String SYSCTL = "sysctl [-i ID] [NAME | NAME=VALUE]…";
    private static final String TRACE = "trace start LOCAL REMOTE [-c EVENTS] | trace stop LOCAL REMOTE FILE";
    private static final String PCAP = "pcap start INTERFACE FILE [-c PACKETS] | pcap stop INTERFACE";

    private final Admin admin;

    /** Called by the container. */
    @Activate
    public ControlCommands(@Reference final Admin admin) {
        this.admin = admin;
    }

    /** Puts another part in service. Returns one line that says what was done. */
    @Descriptor(
            "puts another TCP variant, congestion control, NIC driver or IPC transport in service while connections live: "
                    + SWAP)
    public String swap(
            @Descriptor(
                            "tcp, cc: only the connections of the instance with this id; without: all, and the default for new ones")
                    @Parameter(
                            names = {"-i", "--instance"},
                            absentValue = "0")
                    final String instance,
            @Descriptor("tcp, cc, nic or ipc; the name that variants shows; a connection or an interface")
                    final String... arguments)
            throws InterruptedException {
        Arguments.check(SWAP, arguments, 2, 4);
        String kind = Admin.oneOf("kind", arguments[0], KINDS.keySet());
        String name = arguments[1];
        StackAdmin stack = admin.get();
        List<String> names = stack.variants().stream()
                .filter(view -> view.kind().equals(kind))
                .map(StackAdmin.VariantView::name)
                .toList();
        Admin.oneOf(KINDS.get(kind), name, names);
        SwapScope scope = scope(kind, admin.instance(instance), arguments);
        SwapReport report = SwapReport.begin(admin);
        return Aside.call(() -> stack.swap(kind, name, scope)) + report.lines();
    }

    private SwapScope scope(final String kind, final long instance, final String... arguments) {
        boolean connection = (kind.equals("cc") || kind.equals("tcp")) && arguments.length == 4;
        boolean oneInterface = kind.equals("nic") && arguments.length == 3;
        if (arguments.length > 2 && !connection && !oneInterface) {
            throw new ShellException(2, "wrong arguments of swap " + kind + "; usage: " + SWAP);
        }
        return new SwapScope(
                instance,
                connection ? arguments[2] + " " + arguments[3] : "",
                oneInterface ? admin.interfaceName(arguments[2]) : "");
    }

    /** Shows or sets values: a table, or one line for each that was set. */
    @Descriptor("shows or sets values by FreeBSD's names: " + SYSCTL)
    public Object sysctl(
            @Descriptor("of the instance with this id; without: the defaults for new ones")
                    @Parameter(
                            names = {"-i", "--instance"},
                            absentValue = "0")
                    final String instance,
            @Descriptor("names or beginnings of names to show, NAME=VALUE to set; none: all")
                    final String... arguments) {
        Arguments.check(SYSCTL, arguments, 0, Integer.MAX_VALUE);
        long id = admin.instance(instance);
        Map<String, String> shown = new TreeMap<>();
        StringBuilder changed = new StringBuilder();
        if (arguments.length == 0) {
            shown.putAll(admin.get().sysctl(id));
        }
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            if (equals >= 0) {
                changed.append(set(id, argument.substring(0, equals), argument.substring(equals + 1)));
            } else {
                shown.putAll(find(id, argument));
            }
        }
        if (shown.isEmpty() && !changed.isEmpty()) {
            return changed.toString();
        }
        List<Setting> rows = shown.entrySet().stream()
                .map(entry -> new Setting(entry.getKey(), entry.getValue()))
                .toList();
        return Views.settings(rows);
    }

    private String set(final long id, final String name, final String value) {
        String old = admin.get().sysctl(id).get(name);
        if (old == null) {
            throw unknown(name);
        }
        admin.get().sysctl(id, name, value);
        return name + ": " + old + " -> " + admin.get().sysctl(id).get(name) + "\n";
    }

    private Map<String, String> find(final long id, final String name) {
        Map<String, String> found = new TreeMap<>(admin.get().sysctl(id));
        found.keySet().removeIf(key -> !key.equals(name) && !key.startsWith(name.endsWith(".") ? name : name + "."));
        if (found.isEmpty()) {
            throw unknown(name);
        }
        return found;
    }

    private static ShellException unknown(final String name) {
        return new ShellException("no sysctl '" + name + "'; sysctl lists all");
    }

    /** Starts or stops a capture. Returns one line. */
    @Descriptor("copies an interface's packets to a pcap file: " + PCAP)
    public String pcap(
            final CommandSession session,
            @Descriptor("stop after so many packets; without: at pcap stop")
                    @Parameter(
                            names = {"-c", "--count"},
                            absentValue = "0")
                    final String count,
            @Descriptor("start INTERFACE FILE, or stop INTERFACE") final String... arguments) {
        Arguments.check(PCAP, arguments, 2, 3);
        switch (arguments[0]) {
            case "start" -> {
                Arguments.check(PCAP, arguments, 3, 3);
                String name = admin.interfaceName(arguments[1]);
                String file = file(session.currentDir().resolve(arguments[2]).normalize());
                long packets = count("packets", count, PCAP);
                Aside.call(() -> {
                    admin.get().startCapture(name, file, packets);
                    return null;
                });
                return "capturing " + name + " to " + file;
            }
            case "stop" -> {
                Arguments.check(PCAP, arguments, 2, 2);
                String name = admin.interfaceName(arguments[1]);
                return Aside.call(() -> admin.get().stopCapture(name)) + " packets of " + name + " captured";
            }
            default -> throw new ShellException(2, "no '" + arguments[0] + "'; usage: " + PCAP);
        }
    }

    /** Starts or stops the trace of a connection. Returns one line. */
    @Descriptor("keeps a TCP connection's last events, with the state that they met, for a pcapng file: " + TRACE)
    public String trace(
            final CommandSession session,
            @Descriptor("how many events are kept")
                    @Parameter(
                            names = {"-c", "--count"},
                            absentValue = "4096")
                    final String count,
            @Descriptor("start LOCAL REMOTE, or stop LOCAL REMOTE FILE") final String... arguments)
            throws InterruptedException {
        Arguments.check(TRACE, arguments, 3, 4);
        String connection = arguments[1] + " " + arguments[2];
        switch (arguments[0]) {
            case "start" -> {
                Arguments.check(TRACE, arguments, 3, 3);
                int events = (int) Math.min(count("events", count, TRACE), Integer.MAX_VALUE);
                Aside.call(() -> {
                    admin.get().startTrace(connection, events);
                    return null;
                });
                return "tracing " + connection;
            }
            case "stop" -> {
                Arguments.check(TRACE, arguments, 4, 4);
                String file = file(session.currentDir().resolve(arguments[3]).normalize());
                return Aside.call(() -> admin.get().stopTrace(connection, file)) + " events of " + connection + " in "
                        + file;
            }
            default -> throw new ShellException(2, "no '" + arguments[0] + "'; usage: " + TRACE);
        }
    }

    private static String file(final Path file) {
        Path folder = file.getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new ShellException("no directory " + folder + " to write " + file + " into");
        }
        return file.toString();
    }

    private static long count(final String what, final String text, final String usage) {
        try {
            long count = Long.parseLong(text);
            if (count >= 0) {
                return count;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new ShellException(2, "count '" + text + "' is not a number of " + what + "; usage: " + usage);
    }
}
