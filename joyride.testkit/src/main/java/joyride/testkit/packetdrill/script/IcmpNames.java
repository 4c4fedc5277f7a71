package joyride.testkit.packetdrill.script;

import java.util.List;
import java.util.Map;

/** ICMP's types and codes by the words that scripts use. */
final class IcmpNames {
    /** An ICMP header's first two bytes. */
    record Meaning(int type, int code) {}

    private static final Map<String, Integer> TYPES_4 =
            Map.of("unreachable", 3, "source_quench", 4, "redirect", 5, "time_exceeded", 11, "parameter_problem", 12);
    private static final Map<String, Integer> TYPES_6 =
            Map.of("unreachable", 1, "packet_too_big", 2, "time_exceeded", 3, "parameter_problem", 4);

    /** Codes that have two names. */
    private static final Map<String, String> SAME = Map.of(
            "not_neighbour", "beyond_scope",
            "exceeded_hop_limit", "hop_limit_exceeded",
            "exceeded_frag_time", "frag_reass_exceeded",
            "header_field", "erroneous_header",
            "unknown_next_header", "unrecognized_next_header",
            "unknown_option", "unrecognized_option");

    /** By code. */
    private static final Map<Integer, List<String>> CODES_4 = Map.of(
            3,
            List.of(
                    "net_unreachable",
                    "host_unreachable",
                    "protocol_unreachable",
                    "port_unreachable",
                    "frag_needed",
                    "source_route_failed",
                    "net_unknown",
                    "host_unknown",
                    "source_host_isolated",
                    "net_prohibited",
                    "host_prohibited",
                    "net_unreachable_for_tos",
                    "host_unreachable_for_tos",
                    "packet_filtered",
                    "precedence_violation",
                    "precedence_cutoff"),
            11,
            List.of("ttl_exceeded_in_transit", "frag_reass_exceeded"),
            12,
            List.of("code_0", "code_1", "code_2"));

    private static final Map<Integer, List<String>> CODES_6 = Map.of(
            1,
            List.of(
                    "no_route",
                    "admin_prohibited",
                    "beyond_scope",
                    "address_unreachable",
                    "port_unreachable",
                    "failed_policy",
                    "reject_route"),
            3,
            List.of("hop_limit_exceeded", "frag_reass_exceeded"),
            4,
            List.of("erroneous_header", "unrecognized_next_header", "unrecognized_option"));

    private IcmpNames() {}

    static Meaning parse(final Scanner in, final boolean six) {
        final Map<String, Integer> types = six ? TYPES_6 : TYPES_4;
        final List<String> names = types.keySet().stream().sorted().toList();
        final int type = types.get(names.get(in.oneOf("an ICMP type", names)));
        final List<String> codes = (six ? CODES_6 : CODES_4).get(type);
        final boolean coded = codes != null && in.atWord() && !in.peek("mtu");
        return new Meaning(type, coded ? in.oneOf("an ICMP code", codes, SAME) : 0);
    }
}
