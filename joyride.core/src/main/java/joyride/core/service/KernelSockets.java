package joyride.core.service;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpAddress;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.ProgramPolicy.Call;
import joyride.api.socket.ProgramPolicy.Decision;

/**
 * The sockets of attached programs that stayed with the kernel, each with the reason: what {@code /proc} says of their
 * descriptors, and what the policy says now. Reads files, on the console's thread; programs pay nothing for being asked about.
 */
final class KernelSockets {
    private static final Pattern SOCKET = Pattern.compile("socket:\\[([0-9]+)]");
    private static final String LISTEN = "LISTEN";
    private static final List<String> TABLES = List.of("tcp", "tcp6", "udp", "udp6");
    /** Linux's numbers, FreeBSD's names. */
    private static final String[] STATES = {
        "",
        "ESTABLISHED",
        "SYN_SENT",
        "SYN_RCVD",
        "FIN_WAIT_1",
        "FIN_WAIT_2",
        "TIME_WAIT",
        "CLOSED",
        "CLOSE_WAIT",
        "LAST_ACK",
        LISTEN,
        "CLOSING",
        "SYN_RCVD"
    };

    private static final int HEX = 16;

    private final Path proc;

    /** @param proc where the system shows its processes */
    KernelSockets(final Path proc) {
        this.proc = proc;
    }

    /** An application: its instance, its processes, and what the policy says to it. */
    record Program(long instance, List<String> processes, ProgramPolicy policy) {}

    /** A line of the kernel's tables. */
    private record Line(
            String protocol,
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            String state,
            long receiveQueue,
            long sendQueue) {}

    /** @param joyride the sockets that are Joyride's: the kernel's twins of its listeners are not shown */
    List<SocketView> of(final List<Program> programs, final List<SocketView> joyride) {
        final Map<String, Map<String, Line>> tables = new HashMap<>();
        final List<SocketView> views = new ArrayList<>();
        for (final Program program : programs) {
            final Map<String, Set<String>> holders = new HashMap<>();
            final Map<String, Line> lines = new HashMap<>();
            for (final String process : program.processes()) {
                try {
                    final Map<String, Line> table = table(process, tables);
                    for (final String inode : inodes(process)) {
                        if (table.containsKey(inode)) {
                            lines.put(inode, table.get(inode));
                            holders.computeIfAbsent(inode, i -> new TreeSet<>()).add(process);
                        }
                    }
                } catch (final IOException e) {
                    if (Files.exists(proc.resolve(process))) {
                        views.add(unknown(program, process));
                    }
                }
            }
            final Set<Integer> listening = listening(program, lines, joyride);
            lines.forEach((inode, line) -> {
                if (!isTwin(program, line, joyride)) {
                    views.add(view(program, line, String.join(",", holders.get(inode)), listening));
                }
            });
        }
        return views;
    }

    private List<String> inodes(final String process) throws IOException {
        final List<String> inodes = new ArrayList<>();
        try (DirectoryStream<Path> descriptors =
                Files.newDirectoryStream(proc.resolve(process).resolve("fd"))) {
            for (final Path descriptor : descriptors) {
                final Matcher matcher = SOCKET.matcher(target(descriptor));
                if (matcher.matches()) {
                    inodes.add(matcher.group(1));
                }
            }
        }
        return inodes;
    }

    private static String target(final Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (final IOException e) {
            return ""; // closed meanwhile
        }
    }

    /** The sockets of the network namespace of {@code process}, by inode. */
    private Map<String, Line> table(final String process, final Map<String, Map<String, Line>> known)
            throws IOException {
        final String namespace = target(proc.resolve(process).resolve("ns/net"));
        final Map<String, Line> found = known.get(namespace);
        if (found != null) {
            return found;
        }
        final Map<String, Line> lines = new HashMap<>();
        for (final String name : TABLES) {
            final Path file = proc.resolve(process).resolve("net").resolve(name);
            if (Files.exists(file)) {
                for (final String text : Files.readAllLines(file)) {
                    parse(name, text, lines);
                }
            }
        }
        known.put(namespace, lines);
        return lines;
    }

    private static void parse(final String table, final String text, final Map<String, Line> lines) {
        final String[] words = text.strip().split("\\s+");
        if (words.length < 10 || !words[0].endsWith(":")) {
            return; // the heading
        }
        final String protocol = table.startsWith("udp") ? "udp" : "tcp";
        final int state = Integer.parseInt(words[3], HEX);
        final String[] queues = words[4].split(":");
        lines.put(
                words[9],
                new Line(
                        protocol,
                        address(words[1]),
                        port(words[1]),
                        address(words[2]),
                        port(words[2]),
                        protocol.equals("tcp") && state < STATES.length ? STATES[state] : "",
                        Long.parseLong(queues[1], HEX),
                        Long.parseLong(queues[0], HEX)));
    }

    /** Words of 32 bits in the machine's byte order, which is little endian. */
    private static IpAddress address(final String text) {
        final int digits = text.indexOf(':');
        if (digits == 8) {
            return new IpAddress(0, 0xffff_0000_0000L | word(text, 0));
        }
        return new IpAddress(word(text, 0) << 32 | word(text, 8), word(text, 16) << 32 | word(text, 24));
    }

    private static long word(final String text, final int at) {
        return Integer.toUnsignedLong(Integer.reverseBytes(Integer.parseUnsignedInt(text.substring(at, at + 8), HEX)));
    }

    private static int port(final String text) {
        return Integer.parseInt(text.substring(text.indexOf(':') + 1), HEX);
    }

    private static Set<Integer> listening(
            final Program program, final Map<String, Line> lines, final List<SocketView> joyride) {
        final Set<Integer> ports = lines.values().stream()
                .filter(line -> line.state().equals(LISTEN))
                .map(Line::localPort)
                .collect(Collectors.toCollection(HashSet::new));
        joyride.stream()
                .filter(view ->
                        view.instance() == program.instance() && view.state().equals(LISTEN))
                .forEach(view -> ports.add(
                        Integer.parseInt(view.local().substring(view.local().lastIndexOf(':') + 1))));
        return ports;
    }

    private static boolean isTwin(final Program program, final Line line, final List<SocketView> joyride) {
        return line.state().equals(LISTEN)
                && joyride.stream()
                        .anyMatch(view -> view.instance() == program.instance()
                                && view.state().equals(LISTEN)
                                && view.local().endsWith(":" + line.localPort()));
    }

    private static SocketView view(
            final Program program, final Line line, final String processes, final Set<Integer> listening) {
        return new SocketView(
                program.instance(),
                line.protocol(),
                end(line.local(), line.localPort()),
                end(line.remote(), line.remotePort()),
                line.state(),
                "kernel",
                "",
                line.receiveQueue(),
                line.sendQueue(),
                0,
                0,
                false,
                reason(program.policy(), line, listening),
                processes);
    }

    private static SocketView unknown(final Program program, final String process) {
        return new SocketView(
                program.instance(),
                "-",
                "-",
                "-",
                "",
                "kernel",
                "",
                0,
                0,
                0,
                0,
                false,
                "what process " + process + " has in the kernel cannot be seen: the service may not read /proc/"
                        + process + "/fd",
                process);
    }

    private static String reason(final ProgramPolicy policy, final Line line, final Set<Integer> listening) {
        if (line.protocol().equals("udp")) {
            return "datagrams stay with the kernel";
        }
        if (line.state().equals(LISTEN)) {
            return because(
                    policy.decide(Call.LISTEN, line.local(), line.localPort()),
                    "it listened before Joyride could take it, or before the rules changed",
                    "it is not at an address of Joyride's");
        }
        if (listening.contains(line.localPort())) {
            return "its peer came by the kernel's stack";
        }
        return because(
                policy.decide(Call.CONNECT, line.remote(), line.remotePort()),
                "nobody listened there over Joyride when it connected, or the rules changed since",
                "no interface of Joyride's routes there");
    }

    private static String because(final Decision decision, final String late, final String elsewhere) {
        final String who = !decision.rule().isEmpty()
                ? "rule " + decision.rule()
                : decision.prefix() == null
                        ? ""
                        : "policy." + decision.action().name().toLowerCase(java.util.Locale.ROOT) + " for "
                                + decision.prefix();
        return switch (decision.action()) {
            case JOYRIDE, LOCAL, UDP -> late;
            case KERNEL -> who.isEmpty() ? elsewhere : who + " says kernel";
            case REFUSE -> who + " refuses it now, and it is older";
        };
    }

    private static String end(final IpAddress address, final int port) {
        final String host = address.isAny() ? "*" : address.isV4() ? address.toString() : "[" + address + "]";
        return host + ":" + (port == 0 ? "*" : Integer.toString(port));
    }
}
