package joyride.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.SocketView;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What can stand at the cursor of a command line: commands, options, and names that exist right now. */
@Component(service = Completer.class)
public final class Completer {
    private static final List<String> BUNDLE_COMMANDS =
            List.of("start", "stop", "update", "refresh", "uninstall", "headers", "resolve");

    private final Admin admin;
    private final BundleContext context;

    /** Called by the container; {@code context} is null in tests. */
    @Activate
    public Completer(@Reference final Admin admin, final BundleContext context) {
        this.admin = admin;
        this.context = context;
    }

    /** Candidates by name, each with what it is, in order; all begin with the word before {@code cursor}. */
    Map<String, String> complete(final CommandSession session, final String line, final int cursor) {
        String before = line.substring(0, Math.clamp(cursor, 0, line.length()));
        String command = before.substring(before.lastIndexOf('|') + 1)
                .replaceFirst("^.*;", "")
                .stripLeading();
        List<String> words = new ArrayList<>(List.of(command.split("\\s+", -1)));
        String word = words.removeLast();
        Map<String, String> all = words.isEmpty() ? commands(session) : arguments(words, word);
        Map<String, String> candidates = new TreeMap<>();
        all.forEach((name, description) -> {
            if (name.startsWith(word)) {
                candidates.put(name, description);
            }
        });
        return candidates;
    }

    private static Map<String, String> commands(final CommandSession session) {
        Map<String, String> names = new TreeMap<>();
        Map<String, String> ours = CommandList.all();
        if (session.get(".commands") instanceof Collection<?> commands) {
            for (Object command : commands) {
                String full = command.toString();
                String name = full.substring(full.indexOf(':') + 1);
                names.putIfAbsent(
                        name,
                        full.startsWith(CommandList.SCOPE) || full.startsWith("felix:")
                                ? ours.getOrDefault(name, "")
                                : "");
            }
        }
        return names;
    }

    private Map<String, String> arguments(final List<String> words, final String word) {
        String command = words.getFirst().substring(words.getFirst().indexOf(':') + 1);
        String last = words.getLast();
        if (last.equals("-i") || last.equals("--instance")) {
            return described(
                    "instance",
                    () -> admin.get().instances().stream()
                            .filter(ViewCommands::isThere)
                            .map(instance -> Long.toString(instance.id()))
                            .toList());
        }
        if (word.startsWith("-")) {
            return options(command);
        }
        return switch (command) {
            case "interfaces" -> interfaces();
            case "sysctl" -> described("", () -> admin.get().sysctl(0).keySet());
            case "stats" -> described("group", () -> admin.get().counters().keySet());
            case "variants", "swaps" -> described("kind", () -> List.of("tcp", "cc", "nic", "ipc"));
            case "swap" -> swap(words);
            case "pcap" -> pcap(last);
            case "trace" -> trace(words);
            case "help" -> CommandList.all();
            default -> BUNDLE_COMMANDS.contains(command) ? bundles() : Map.of();
        };
    }

    private static Map<String, String> options(final String command) {
        Map<String, String> options = new TreeMap<>();
        CommandList.methods(command)
                .flatMap(method -> Arrays.stream(method.getParameters()))
                .forEach(parameter -> {
                    Parameter option = parameter.getAnnotation(Parameter.class);
                    Descriptor descriptor = parameter.getAnnotation(Descriptor.class);
                    if (option != null) {
                        options.put(option.names()[0], descriptor == null ? "" : descriptor.value());
                    }
                });
        return options;
    }

    private Map<String, String> interfaces() {
        return described(
                "interface",
                () -> admin.get().interfaces().stream()
                        .map(StackAdmin.InterfaceView::name)
                        .toList());
    }

    /** @param words the command and the arguments before the one to complete */
    private Map<String, String> swap(final List<String> words) {
        if (words.size() == 1) {
            return Map.of("tcp", "TCP variant", "cc", "congestion control", "nic", "driver", "ipc", "transport");
        }
        String kind = words.get(1);
        return switch (words.size()) {
            case 2 ->
                described(
                        kind,
                        () -> admin.get().variants().stream()
                                .filter(variant -> variant.kind().equals(kind))
                                .map(StackAdmin.VariantView::name)
                                .toList());
            case 3 -> kind.equals("nic") ? interfaces() : kind.equals("cc") ? ends(SocketView::local) : Map.of();
            case 4 -> kind.equals("cc") ? ends(SocketView::remote) : Map.of();
            default -> Map.of();
        };
    }

    private Map<String, String> ends(final Function<SocketView, String> end) {
        return described(
                "connection",
                () -> admin.get().sockets().stream()
                        .filter(socket ->
                                socket.accelerated() && !socket.remote().contains("*"))
                        .map(end)
                        .distinct()
                        .toList());
    }

    private Map<String, String> pcap(final String last) {
        return last.equals("start") || last.equals("stop") ? interfaces() : Map.of("start", "", "stop", "");
    }

    private Map<String, String> trace(final List<String> words) {
        return switch (words.size()) {
            case 1 -> Map.of("start", "", "stop", "");
            case 2 -> ends(SocketView::local);
            case 3 -> ends(SocketView::remote);
            default -> Map.of();
        };
    }

    private Map<String, String> bundles() {
        Map<String, String> names = new TreeMap<>();
        for (Bundle bundle : context == null ? new Bundle[0] : context.getBundles()) {
            if (bundle.getSymbolicName() != null) {
                names.put(bundle.getSymbolicName(), bundle.getVersion().toString());
            }
        }
        return names;
    }

    /** Nothing while the service is away: a completion is no place for an error. */
    private Map<String, String> described(final String description, final Supplier<Collection<String>> names) {
        Map<String, String> candidates = new TreeMap<>();
        if (admin.orNull() != null) {
            try {
                names.get().forEach(name -> candidates.put(name, description));
            } catch (RuntimeException e) {
                return Map.of();
            }
        }
        return candidates;
    }
}
