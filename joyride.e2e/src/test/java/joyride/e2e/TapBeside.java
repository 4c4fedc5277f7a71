package joyride.e2e;

import java.io.IOException;
import java.util.Arrays;
import java.util.stream.Collectors;
import joyride.testkit.netns.Namespace;
import joyride.testkit.netns.Veth;
import joyride.testkit.nic.TapCommands;

/** A TAP that DPDK's net_tap can take an interface's frames by, as {@link TapCommands} makes it. */
final class TapBeside {
    private TapBeside() {}

    /**
     * Makes it, in the NIC's namespace; it goes with that.
     *
     * @param address Joyride's own, IPv4
     * @return what lets the driver dpdk use it
     */
    static String of(final Namespace namespace, final Veth nic, final String address)
            throws IOException, InterruptedException {
        for (String line : TapCommands.lines(nic.name(), address)) {
            String[] words = line.split(" +");
            namespace.must(words[0], Arrays.copyOfRange(words, 1, words.length));
        }
        return TapCommands.settings(nic.macAddress()).entrySet().stream()
                .map(each -> "interface." + nic.name() + ".driver.dpdk." + each.getKey() + "=" + each.getValue() + "\n")
                .collect(Collectors.joining());
    }

    /** Frames that came to Joyride by it. */
    static long frames(final Namespace namespace) throws IOException, InterruptedException {
        return new Veth(namespace, TapCommands.TAP).statistic("tx_packets");
    }
}
