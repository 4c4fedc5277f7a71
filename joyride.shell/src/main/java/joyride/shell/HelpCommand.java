package joyride.shell;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.Process;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Component;

/** What commands there are: Joyride's, before those of Felix that a Gogo shell has besides. */
@Component(service = HelpCommand.class)
@GogoCommand(scope = "joyride", function = "help")
public final class HelpCommand {
    private static final String USAGE = "help [-a] [COMMAND]";
    private static final String FELIX = "felix:";
    private static final List<String> SCOPES = List.of(CommandList.SCOPE, FELIX, "gogo:");

    /** The commands, or what one of them takes; of Felix's as Felix explains it. @throws Exception if Felix's command fails */
    @Descriptor("lists the commands, or explains one")
    public Object help(
            final CommandSession session,
            @Descriptor("Felix's and Gogo's too")
                    @Parameter(
                            names = {"-a", "--all"},
                            presentValue = "true",
                            absentValue = "false")
                    final boolean all,
            @Descriptor("command") final String... command)
            throws Exception {
        Arguments.check(USAGE, command, 0, 1);
        TreeSet<String> names = new TreeSet<>();
        if (session.get(".commands") instanceof Collection<?> known) {
            known.forEach(name -> names.add(name.toString()));
        }
        if (command.length == 1) {
            String full = find(names, command[0]);
            return isOurs(CommandList.all(), full)
                    ? CommandList.explain(full.substring(full.indexOf(':') + 1))
                    : session.execute("felix:help " + full);
        }
        Process.Utils.current()
                .out()
                .println("help COMMAND explains one"
                        + (all ? "" : "; help -a also lists Felix's: lb, install, headers, scr:list…"));
        Map<String, String> ours = CommandList.all();
        Stream<String> first = ours.keySet().stream().filter(name -> known(names, name));
        Stream<String> others = names.stream().filter(name -> all && !isOurs(ours, name));
        return Views.commands(Stream.concat(first, others)
                .map(name -> new Views.Command(name, brief(ours.getOrDefault(name, ""))))
                .toList());
    }

    /** Without its usage. */
    private static String brief(final String description) {
        int usage = description.indexOf(": ");
        return usage < 0 ? description : description.substring(0, usage);
    }

    private static boolean known(final Collection<String> names, final String ours) {
        return names.contains(CommandList.SCOPE + ours) || names.contains(FELIX + ours);
    }

    /** Some of ours stand before Felix's in its own scope. */
    private static boolean isOurs(final Map<String, String> ours, final String full) {
        return full.startsWith(CommandList.SCOPE)
                || full.startsWith(FELIX) && ours.containsKey(full.substring(FELIX.length()));
    }

    /** The name that a command line means, with its scope: ours stands before Felix's of the same name. */
    private static String find(final Collection<String> names, final String wanted) {
        return Stream.concat(
                        Stream.concat(Stream.of(wanted), SCOPES.stream().map(scope -> scope + wanted))
                                .filter(names::contains),
                        names.stream().filter(name -> name.endsWith(":" + wanted)))
                .findFirst()
                .orElseThrow(() -> new ShellException(127, "no command '" + wanted + "'; help lists them"));
    }
}
