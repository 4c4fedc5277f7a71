package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.socket.Socket;
import joyride.api.tcp.TcpTunables;

/** The commands that scripts give the host's shell, answered from the stack: sysctl, sockstat, tcpdrop, setkey; grep behind them. */
final class Shell {
    private static final Pattern SYSCTL = Pattern.compile("sysctl (?:-w )?([\\w.]+)=(\\S+)");
    private static final Pattern KEY = Pattern.compile("add (\\S+) (\\S+) tcp 0x[0-9a-f]+ -A tcp-md5 \"([^\"]*)\"");

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
        final String[] stages = command.split("\\|");
        List<String> lines = first(stages[0].strip());
        for (int i = 1; i < stages.length; i++) {
            lines = grep(stages[i].strip(), lines);
        }
        if (stages.length > 1 && lines.isEmpty()) {
            throw Mismatch.of("`" + command + "` finds nothing; sockets: " + list());
        }
    }

    private List<String> first(final String command) {
        final Matcher sysctl = SYSCTL.matcher(command);
        if (sysctl.matches()) {
            sysctl(sysctl.group(1), sysctl.group(2));
            return List.of();
        }
        if (command.startsWith("sockstat ")) {
            return list().stream()
                    .filter(line -> !command.contains("-p ") || line.contains(":" + port(command)))
                    .toList();
        }
        if (command.equals("tcpdrop -s TIME_WAIT")) {
            rig.dropTimeWait();
            return List.of();
        }
        throw Mismatch.unsupported("the command " + command);
    }

    private static String port(final String command) {
        return command.replaceAll(".*-p (\\d+).*", "$1");
    }

    private static List<String> grep(final String stage, final List<String> lines) {
        final String[] words = stage.split("\\s+");
        final boolean count = words.length == 3 && words[1].equals("-c");
        if (!words[0].equals("grep") || words.length > 3 || words.length == 3 && !count) {
            throw Mismatch.unsupported("the command " + stage);
        }
        final String pattern = words[words.length - 1];
        final List<String> found =
                lines.stream().filter(line -> line.contains(pattern)).toList();
        return count ? List.of(Integer.toString(found.size())) : found;
    }

    /** What sockstat prints; the name of the command is cut off as FreeBSD does. */
    private List<String> list() {
        final List<String> lines = new ArrayList<>();
        final List<String> owned = new ArrayList<>();
        sockets.descriptors().forEach((number, descriptor) -> {
            final Socket socket = descriptor.endpoint.socket();
            owned.add(socket.localPort() + " " + socket.remotePort());
            lines.add("root packetdril 1000 " + number + " tcp4 *:" + socket.localPort() + " *:" + socket.remotePort()
                    + " " + socket.stateName());
        });
        for (final SocketView view : rig.sockets()) {
            if (!owned.contains(portOf(view.local()) + " " + portOf(view.remote()))) {
                lines.add("? ? ? ? tcp4 " + view.local() + " " + view.remote() + " " + view.state());
            }
        }
        return lines;
    }

    private static String portOf(final String endpoint) {
        final String port = endpoint.substring(endpoint.lastIndexOf(':') + 1);
        return port.equals("*") ? "0" : port;
    }

    private void sysctl(final String name, final String value) {
        if (!TcpTunables.has(name)) {
            throw Mismatch.unsupported("sysctl " + name);
        }
        try {
            (TcpTunables.isOfService(name)
                            ? rig.serviceTunables()
                            : rig.instance().tunables())
                    .set(name, value);
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
            rig.signatureKeys().put(key.group(1) + " " + key.group(2), key.group(3));
        }
    }
}
