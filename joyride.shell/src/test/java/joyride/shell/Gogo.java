package joyride.shell;

import joyride.api.admin.StackAdmin;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;

/** The real Gogo with this bundle's commands, without a container. */
final class Gogo implements AutoCloseable {
    /** One for this JVM: it takes the place of System.out. */
    private static final ThreadIOImpl STREAMS = new ThreadIOImpl();

    static {
        STREAMS.start();
    }

    final CommandProcessorImpl processor;
    final Completer completer;

    /** @param stack null for a service that is not running */
    Gogo(final StackAdmin stack) {
        processor = new CommandProcessorImpl(STREAMS);
        Admin admin = new Admin(stack);
        completer = new Completer(admin, null);
        add(
                new ViewCommands(admin),
                "status",
                "interfaces",
                "routes",
                "neighbours",
                "instances",
                "sockets",
                "variants",
                "swaps",
                "drops");
        add(new StatsCommand(admin), "stats");
        add(new ControlCommands(admin), "swap", "sysctl", "pcap", "trace");
        add(new TextCommands(), "grep", "head", "tail", "count");
        add(new HelpCommand(), "help");
        processor.addConverter(new TableConverter());
    }

    private void add(final Object command, final String... functions) {
        for (String function : functions) {
            processor.addCommand("joyride", command, function);
        }
    }

    @Override
    public void close() {
        processor.stop();
    }
}
