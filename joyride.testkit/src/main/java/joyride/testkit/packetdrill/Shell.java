package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpAddress;
import joyride.api.socket.Socket;
import joyride.api.tcp.TcpTunables;
import joyride.testkit.simulation.SimulatedTcp;

/** The commands that scripts give the host's shell, answered from the stack: sysctl, sockstat, tcpdrop, setkey, kldload; grep behind them. */
final class Shell {
    private static final Pattern SETTING = Pattern.compile("([\\w.]+)=(\\S+)");
    private static final Pattern KEY = Pattern.compile("add (\\S+) (\\S+) tcp 0x[0-9a-f]+ -A tcp-md5 \"([^\"]*)\"");
    private static final Pattern PORT = Pattern.compile(".* -p ?(\\d+)( .*)?");

    private final Rig rig;
    private final Sockets sockets;

    Shell(final Rig rig, final Sockets sockets) {
        this.rig = rig;
        this.sockets = sockets;
    }

    /** @throws Mismatch if the command's exit status would not be 0 */
    void run(final String command) {
        if (command.contains("setkey") || command.startsWith("kldstat")) {
            keys(command);
            return;
        }
        for (final String part : command.split(";|&&")) {
            if (!part.isBlank()) {
                pipeline(part.strip());
            }
        }
    }

    private void pipeline(final String command) {
        final String[] stages =
                command.replaceAll("\\s*[12]?>\\s*(/dev/null|&1)", "").split("\\|");
        List<String> lines = first(stages[0].strip());
        for (int i = 1; i < stages.length; i++) {
            lines = grep(stages[i].strip(), lines);
        }
        if (stages.length > 1 && lines.isEmpty()) {
            throw Mismatch.of("`" + command + "` finds nothing; sockets: " + list(command));
        }
    }

    private List<String> first(final String command) {
        final String[] words = command.split("\\s+");
        switch (words[0]) {
            case "sysctl":
                return sysctl(words);
            case "sockstat":
                final Matcher port = PORT.matcher(command);
                final String wanted = port.matches() ? ":" + port.group(1) : "";
                return list(command).stream()
                        .filter(line -> line.contains(wanted))
                        .toList();
            case "tcpdrop":
                if (command.equals("tcpdrop -s TIME_WAIT")) {
                    rig.dropTimeWait();
                    return List.of();
                }
                throw Mismatch.unsupported("the command " + command + "; tcpdrop -s TIME_WAIT is known");
            case "kldload":
                load(words[words.length - 1]);
                return List.of();
            case "true":
                return List.of();
            default:
                throw Mismatch.unsupported("the command " + command);
        }
    }

    /** Modules of FreeBSD's kernel that are here in another form. */
    private void load(final String module) {
        final boolean here = module.startsWith("cc_") && SimulatedTcp.CONGESTION_CONTROLS.contains(module.substring(3))
                || module.startsWith("tcp_") && SimulatedTcp.VARIANTS.contains(module.substring(4))
                || module.equals("tcpmd5");
        if (!here) {
            throw Mismatch.unsupported("the module " + module);
        }
    }

    private static List<String> grep(final String stage, final List<String> lines) {
        final String[] words = stage.split("\\s+");
        final boolean count = words.length == 3 && words[1].equals("-c");
        final boolean quiet = words.length == 3 && words[1].equals("-q");
        if (!words[0].equals("grep") || words.length < 2 || words.length > 3 || words.length == 3 && !count && !quiet) {
            throw Mismatch.unsupported("the command " + stage);
        }
        final String pattern = words[words.length - 1];
        final List<String> found =
                lines.stream().filter(line -> line.contains(pattern)).toList();
        return count ? List.of(Integer.toString(found.size())) : found;
    }

    /** What sockstat prints; the name of the command is cut off as FreeBSD does. */
    private List<String> list(final String command) {
        final List<String> lines = new ArrayList<>();
        final List<String> owned = new ArrayList<>();
        final int family = rig.any().isV4() ? 4 : 6;
        sockets.descriptors().forEach((number, descriptor) -> {
            final Socket socket = descriptor.endpoint.socket();
            owned.add(socket.localPort() + " " + socket.remotePort());
            lines.add("root packetdril 1000 " + number + " tcp" + family + " *:" + socket.localPort() + " *:"
                    + socket.remotePort() + " " + socket.stateName());
        });
        for (final SocketView view : rig.sockets()) {
            if (!owned.contains(portOf(view.local()) + " " + portOf(view.remote()))) {
                lines.add("? ? ? ? tcp" + family + " " + view.local() + " " + view.remote() + " " + view.state());
            }
        }
        final String other = family == 4 ? " -6 " : " -4 ";
        final boolean both = !(command + " ").contains(other) || (command + " ").contains(" -" + family + " ");
        return both ? lines : List.of();
    }

    private static String portOf(final String endpoint) {
        final String port = endpoint.substring(endpoint.lastIndexOf(':') + 1);
        return port.equals("*") ? "0" : port;
    }

    /** Sets and shows, in turn, as sysctl(8). */
    private List<String> sysctl(final String[] words) {
        final List<String> lines = new ArrayList<>();
        boolean bare = false;
        for (int i = 1; i < words.length; i++) {
            final Matcher setting = SETTING.matcher(words[i]);
            if (words[i].matches("-[wnq]+")) {
                bare |= words[i].contains("n");
            } else if (setting.matches()) {
                set(setting.group(1), setting.group(2));
            } else {
                final String value = Long.toString(tunables(words[i]).get(words[i]));
                lines.add(bare ? value : words[i] + ": " + value);
            }
        }
        return lines;
    }

    private TcpTunables tunables(final String name) {
        if (!TcpTunables.has(name)) {
            throw Mismatch.unsupported("sysctl " + name);
        }
        return TcpTunables.isOfService(name)
                ? rig.serviceTunables()
                : rig.instance().tunables();
    }

    private void set(final String name, final String value) {
        final TcpTunables tunables = tunables(name);
        try {
            tunables.set(name, value);
        } catch (final IllegalArgumentException e) {
            throw Mismatch.unsupported(e.getMessage());
        }
    }

    /** RFC 2385's keys, as setkey(8) takes them. */
    private void keys(final String command) {
        if (command.contains("setkey -F")) {
            rig.signatureKeys().clear();
        }
        final Matcher key = KEY.matcher(command);
        while (key.find()) {
            try {
                final String ends = IpAddress.parse(key.group(1)) + " " + IpAddress.parse(key.group(2));
                rig.signatureKeys().put(ends, key.group(3));
            } catch (final IllegalArgumentException e) {
                throw Mismatch.of("setkey: " + e.getMessage());
            }
        }
    }
}
