package joyride.testkit.packetdrill.script;

import java.util.Map;

/**
 * What a script's {@code --name=value} lines ask for.
 *
 * @param ipVersion 4 or 6
 * @param mtu of the interface, bytes
 * @param tolerance by which something may come early or late, ns
 * @param md5Secret key of TCP-MD5; null: none
 * @param callsMayFail whether a system call that goes otherwise ends the script
 * @param packetsMayDiffer whether a packet that differs ends the script
 */
public record ScriptOptions(
        int ipVersion,
        int mtu,
        long tolerance,
        boolean udpEncapsulation,
        String md5Secret,
        boolean callsMayFail,
        boolean packetsMayDiffer) {
    private static final long DEFAULT_TOLERANCE = 4_000_000;
    private static final int DEFAULT_MTU = 1500;

    /** From values by name, checked. */
    static ScriptOptions of(final Map<String, String> values) {
        final String version = values.getOrDefault("ip_version", "ipv4");
        final String tolerance = values.get("tolerance_usecs");
        final String fatal = values.getOrDefault("non_fatal", "");
        return new ScriptOptions(
                version.equals("ipv6") ? 6 : 4,
                number(values.get("mtu"), DEFAULT_MTU),
                tolerance == null ? DEFAULT_TOLERANCE : number(tolerance, 0) * 1000L,
                values.containsKey("udp_encapsulation"),
                values.get("tcp_md5_secret"),
                fatal.contains("syscall"),
                fatal.contains("packet"));
    }

    private static int number(final String text, final int fallback) {
        return text == null ? fallback : Integer.parseInt(text);
    }
}
