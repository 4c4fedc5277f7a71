package joyride.testkit.packetdrill;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Scripts for IPv4 as they would be for IPv6: header, addresses, names of options and errors, and what follows from segments that are 20 bytes
 * shorter.
 */
final class Ipv6Form {
    /** IPv6 has no smaller MTU (RFC 8200 §5). */
    private static final int LEAST_MTU = 1280;

    /** Bytes by which IPv6's header is longer. */
    private static final int LONGER = 20;

    private static final int SEGMENT = 1460;

    /** What counts where a peer offers nothing. */
    private static final int DEFAULT_4 = 536;

    private static final int DEFAULT_6 = 1220;
    private static final int BUFFER_4 = 65700;
    private static final int BUFFER_6 = 66240;
    private static final int SCALE = 6;
    private static final int FULL_WINDOW = 65535;
    private static final int PEERS_WINDOW = 32767;

    private static final Map<String, String> WORDS = new LinkedHashMap<>();

    static {
        WORDS.put("unreachable frag_needed", "packet_too_big");
        WORDS.put("unreachable (net_prohibited|host_prohibited|packet_filtered)", "unreachable admin_prohibited");
        WORDS.put("unreachable protocol_unreachable", "parameter_problem unknown_next_header");
        WORDS.put("unreachable host_unreachable\\b", "unreachable address_unreachable");
        WORDS.put("unreachable net_unreachable\\b", "unreachable no_route");
        WORDS.put("unreachable (net_unknown|host_unknown|source_host_isolated)", "unreachable no_route");
        WORDS.put("unreachable (net_unreachable_for_tos|host_unreachable_for_tos)", "unreachable no_route");
        WORDS.put("unreachable (precedence_violation|precedence_cutoff)", "unreachable address_unreachable");
        WORDS.put("unreachable source_route_failed", "unreachable not_neighbour");
        WORDS.put("time_exceeded frag_reass_exceeded", "time_exceeded exceeded_frag_time");
        WORDS.put("icmp (redirect|source_quench|parameter_problem code_0)", "icmp parameter_problem header_field");
        WORDS.put("parameter_problem code_[12]", "parameter_problem unknown_option");
        WORDS.put("ttl_exceeded_in_transit", "exceeded_hop_limit");
        WORDS.put("IPPROTO_IP, *IP_TTL", "IPPROTO_IPV6, IPV6_UNICAST_HOPS");
        WORDS.put("IPPROTO_IP, *IP_TOS", "IPPROTO_IPV6, IPV6_TCLASS");
        WORDS.put("\\(ttl ", "(hlim ");
        WORDS.put("\\(tos ", "(class ");
        WORDS.put("192\\.168\\.0\\.1", "fd3d:fa7b:d17d::1");
        WORDS.put("192\\.0\\.2\\.1", "2001:db8::1");
        WORDS.put("sockstat -4", "sockstat -6");
        WORDS.put("tcp\\.mssdflt", "tcp.v6mssdflt");
        WORDS.put("tcp\\.pmtud_blackhole_mss", "tcp.v6pmtud_blackhole_mss");
        WORDS.put("\\[" + BUFFER_4 + "]", "[" + BUFFER_6 + "]");
    }

    private static final Pattern MTU = Pattern.compile("--mtu=(\\d+)");
    private static final Pattern MSS = Pattern.compile("mss (\\d+)");
    private static final Pattern WINDOW = Pattern.compile("win +(\\d+)");
    private static final Pattern NUMBER = Pattern.compile("(?<![\\w.=])\\d{3,5}(?=[:() \\]/,]|$)");

    private Ipv6Form() {}

    /** @return null where IPv6 has no such thing */
    static String of(final String script) {
        final Matcher mtu = MTU.matcher(script);
        if (mtu.find() && Integer.parseInt(mtu.group(1)) < LEAST_MTU) {
            return null;
        }
        String text = script.replaceAll("(?m)^--ip_version=ipv4$", "");
        for (final Map.Entry<String, String> word : WORDS.entrySet()) {
            text = text.replaceAll(word.getKey(), word.getValue());
        }
        final int[][] sizes = sizes(text);
        text = MSS.matcher(text).replaceAll(found -> "mss " + (Integer.parseInt(found.group(1)) - LONGER));
        final StringBuilder lines = new StringBuilder("--ip_version=ipv6\n");
        text.lines().forEach(line -> lines.append(line(line, sizes)).append('\n'));
        return lines.toString();
    }

    /** Sizes of segments that a script may have, each with what it is in IPv6; that of full segments first. */
    private static int[][] sizes(final String text) {
        final Matcher mss = MSS.matcher(text);
        final int offered = mss.find() ? Integer.parseInt(mss.group(1)) : SEGMENT;
        final int full = text.contains("md5") ? offered - LONGER : offered;
        final Matcher icmp = Pattern.compile("icmp .* mtu (\\d+)").matcher(text);
        final int narrow = icmp.find() ? Integer.parseInt(icmp.group(1)) - (1500 - full) : full;
        final int unsaid = text.contains("mssdflt") ? DEFAULT_4 : DEFAULT_6;
        return new int[][] {{full, full - LONGER}, {narrow, narrow - LONGER}, {DEFAULT_4, unsaid}};
    }

    private static String line(final String line, final int[][] sizes) {
        if (!line.matches("[+*\\s\\d].*") || line.contains("`")) {
            return line;
        }
        final String windows =
                WINDOW.matcher(line).replaceAll(found -> "win " + window(line, Integer.parseInt(found.group(1))));
        return NUMBER.matcher(windows).replaceAll(found -> {
            final boolean other = windows.substring(0, found.start()).matches(".*(win|mtu|mss|FO) +");
            return other ? found.group() : Integer.toString(bytes(Integer.parseInt(found.group()), sizes));
        });
    }

    /** What the stack offers follows its buffer, a whole number of segments; what the peer offers is the script's choice. */
    private static int window(final String line, final int window) {
        final boolean outbound = line.matches("[+*~.\\d\\s]*>.*");
        if (!outbound || window <= PEERS_WINDOW) {
            return window == scaled(BUFFER_4) ? scaled(BUFFER_6) : window;
        }
        return Math.min(FULL_WINDOW, window + BUFFER_6 - BUFFER_4);
    }

    private static int scaled(final int bytes) {
        return bytes + (1 << SCALE) - 1 >>> SCALE;
    }

    /** A number of bytes, or of sequence: as many segments, each of another size, and at most a SYN and a FIN. */
    private static int bytes(final int number, final int[][] sizes) {
        if (Math.abs(number - BUFFER_4) <= 2) {
            return number + BUFFER_6 - BUFFER_4; // the window's right edge
        }
        for (final int[] size : sizes) {
            if (number >= size[0] && number % size[0] <= 2) {
                return number + number / size[0] * (size[1] - size[0]);
            }
        }
        final int narrow = sizes[1][0];
        final boolean afterFull = number > narrow && (number - narrow) % sizes[0][0] <= 2;
        return afterFull ? bytes(number - narrow, sizes) + sizes[1][1] : number;
    }
}
