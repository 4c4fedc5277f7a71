package joyride.testkit.netns;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * One end of a pair of Ethernet interfaces that stand for two NICs and a cable. It goes with the namespace of either end.
 *
 * @param namespace where it is
 * @param name its name there
 */
public record Veth(Namespace namespace, String name) {
    /**
     * Makes a pair, both ends up, with IPv6 off: nothing is on it that nobody sent.
     *
     * @param mtu bytes of an IP packet
     * @param queues receive and transmit queues of each end
     */
    public static void pair(final Veth one, final Veth other, final int mtu, final int queues)
            throws IOException, InterruptedException {
        final List<String> line = new ArrayList<>(List.of("link", "add"));
        line.addAll(one.description(mtu, queues));
        line.addAll(List.of("type", "veth", "peer"));
        line.addAll(other.description(mtu, queues));
        line.addAll(List.of("netns", Long.toString(other.namespace.pid())));
        one.namespace.ip(line.toArray(String[]::new));
        for (final Veth end : List.of(one, other)) {
            end.namespace.must("sysctl", "-q", "-w", "net.ipv6.conf." + end.name + ".disable_ipv6=1");
            end.up();
        }
    }

    private List<String> description(final int mtu, final int queues) {
        final String count = Integer.toString(queues);
        return List.of("name", name, "numrxqueues", count, "numtxqueues", count, "mtu", Integer.toString(mtu));
    }

    public void up() throws IOException, InterruptedException {
        namespace.ip("link", "set", name, "up");
    }

    public void down() throws IOException, InterruptedException {
        namespace.ip("link", "set", name, "down");
    }

    /** Takes both ends away, as a NIC that is pulled out. */
    public void remove() throws IOException, InterruptedException {
        namespace.ip("link", "delete", name);
    }

    /** Gives the kernel an address on it, such as {@code 10.0.0.1/24}; with the first IPv6 address it has IPv6 there. */
    public void address(final String prefix) throws IOException, InterruptedException {
        if (prefix.contains(":")) {
            namespace.must("sysctl", "-q", "-w", "net.ipv6.conf." + name + ".disable_ipv6=0");
            namespace.ip("address", "add", prefix, "dev", name, "nodad");
        } else {
            namespace.ip("address", "add", prefix, "dev", name);
        }
    }

    /**
     * Has its kernel send every frame as it would be on a cable: checksums complete, no segment larger than a frame. veth
     * computes no checksum by itself, and who looks at frames below IP would see unfinished ones.
     */
    public void finishFrames() throws IOException, InterruptedException {
        offload(false, "tx", "tso", "gso");
    }

    /** Switches offloads, such as {@code "tx"}, {@code "gro"}; needs ethtool. */
    public void offload(final boolean on, final String... features) throws IOException, InterruptedException {
        namespace.offload(name, on, features);
    }

    /** A counter of the kernel's of it, such as {@code rx_packets}. */
    public long statistic(final String counter) throws IOException, InterruptedException {
        return Long.parseLong(namespace
                .must("cat", "/sys/class/net/" + name + "/statistics/" + counter)
                .strip());
    }

    /** The sum of all of its queues' counters of this name that ethtool knows, such as {@code xdp_redirect}. */
    public long queueStatistic(final String counter) throws IOException, InterruptedException {
        return namespace
                .must("ethtool", "-S", name)
                .lines()
                .map(String::strip)
                .filter(line -> line.matches("[rt]x_queue_[0-9]+_" + counter + ": [0-9]+"))
                .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
                .sum();
    }

    /** Its MAC address as the kernel writes it. */
    public String macAddress() throws IOException, InterruptedException {
        return namespace.must("cat", "/sys/class/net/" + name + "/address").strip();
    }
}
