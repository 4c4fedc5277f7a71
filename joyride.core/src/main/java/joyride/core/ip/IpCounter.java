package joyride.core.ip;

import joyride.core.counters.CounterStore;

/** What the IP layer counts beside drops, after the counters of RFC 4293. */
enum IpCounter {
    IN_RECEIVES("packets received"),
    IN_DELIVERS("packets handed to a transport protocol"),
    OUT_REQUESTS("packets that a transport protocol sent"),
    REASM_REQUESTS("fragments received"),
    REASM_OKS("packets reassembled"),
    FRAG_OKS("packets fragmented"),
    FRAG_CREATES("fragments sent"),
    ICMP_IN_MESSAGES("ICMP messages received over IPv4"),
    ICMP_IN_ECHOS("echo requests received"),
    ICMP_OUT_ECHO_REPLIES("echo replies sent"),
    ICMP_IN_ERRORS("ICMP errors received about packets of ours"),
    ICMP_OUT_ERRORS("ICMP errors sent"),
    ICMP6_IN_MESSAGES("ICMPv6 messages received");

    private final String description;

    IpCounter(final String description) {
        this.description = description;
    }

    static CounterStore.Description describe() {
        final IpCounter[] all = values();
        final String[] names = new String[all.length];
        final String[] descriptions = new String[all.length];
        for (int i = 0; i < all.length; i++) {
            names[i] = all[i].name().toLowerCase(java.util.Locale.ROOT).replace('_', '.');
            descriptions[i] = all[i].description;
        }
        return new CounterStore.Description(names, descriptions);
    }
}
