package joyride.testkit.packetdrill.script;

import java.util.Map;
import java.util.Set;

/**
 * What a script's {@code --name=value} lines ask for.
 *
 * @param ipVersion of the packets, 4 or 6
 * @param mapped whether sockets are IPv6's though packets are IPv4's
 * @param mtu of the interface, bytes
 * @param tolerance by which something may come early or late, ns
 * @param tolerancePercent the same, of the time since the event before
 * @param localIp address of the stack; null: the usual one
 * @param remoteIp of its peer; null: the usual one
 * @param bindPort where the script's servers listen
 * @param connectPort where its clients connect to
 * @param md5Secret key of TCP-MD5; null: none
 * @param callsMayFail whether a system call that goes otherwise ends the script
 * @param packetsMayDiffer whether a packet that differs ends the script
 */
public record ScriptOptions(
        int ipVersion,
        boolean mapped,
        int mtu,
        long tolerance,
        int tolerancePercent,
        String localIp,
        String remoteIp,
        int bindPort,
        int connectPort,
        String md5Secret,
        boolean callsMayFail,
        boolean packetsMayDiffer) {
    /** Options that say something, with those that need no value. */
    static final Set<String> KNOWN = Set.of(
            "ip_version",
            "mtu",
            "tolerance_usecs",
            "tolerance_percent",
            "udp_encapsulation",
            "tcp_md5_secret",
            "non_fatal",
            "local_ip",
            "remote_ip",
            "bind_port",
            "connect_port",
            "define");

    /** About the device, the interpreter of code and the output of the original, which this player does not have. */
    static final Set<String> NEEDLESS = Set.of(
            "speed",
            "gateway_ip",
            "netmask_ip",
            "local_linklocal_ip",
            "gateway_linklocal_ip",
            "code_command",
            "code_format",
            "code_sockopt",
            "tun_dev",
            "persistent_tun_dev",
            "tcp_ts_tick_usecs",
            "no_cleanup",
            "verbose",
            "debug");

    /** Options whose value is a number, with the least and the most that it may be. */
    static final Map<String, long[]> NUMBERS = Map.of(
            "mtu", new long[] {68, 65535},
            "tolerance_usecs", new long[] {0, 999_999_999},
            "tolerance_percent", new long[] {0, 100},
            "bind_port", new long[] {1, 65535},
            "connect_port", new long[] {1, 65535});

    private static final int DEFAULT_TOLERANCE = 4000;
    private static final int DEFAULT_MTU = 1500;
    private static final int DEFAULT_PORT = 8080;

    /** FreeBSD's. */
    private static final int DEFAULT_PERCENT = 5;

    /** From values by name, checked. */
    static ScriptOptions of(final Map<String, String> values) {
        final String version = values.getOrDefault("ip_version", "ipv4");
        final String fatal = values.getOrDefault("non_fatal", "");
        return new ScriptOptions(
                version.equals("ipv6") ? 6 : 4,
                version.equals("ipv4-mapped-ipv6"),
                number(values, "mtu", DEFAULT_MTU),
                number(values, "tolerance_usecs", DEFAULT_TOLERANCE) * 1000L,
                number(values, "tolerance_percent", DEFAULT_PERCENT),
                values.get("local_ip"),
                values.get("remote_ip"),
                number(values, "bind_port", DEFAULT_PORT),
                number(values, "connect_port", DEFAULT_PORT),
                values.get("tcp_md5_secret"),
                fatal.contains("syscall"),
                fatal.contains("packet"));
    }

    private static int number(final Map<String, String> values, final String name, final int fallback) {
        final String text = values.get(name);
        return text == null ? fallback : Integer.parseInt(text);
    }
}
