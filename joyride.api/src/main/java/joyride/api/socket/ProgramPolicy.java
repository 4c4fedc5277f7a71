package joyride.api.socket;

import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;

/**
 * What the policy says to one application. First the rules, in their order: the first that matches decides, and if it says
 * {@link PolicyAction#JOYRIDE}, or none matches, then what follows from addresses and routes. Immutable; on any thread.
 *
 * @param rules those that concern the application
 * @param derived what follows from addresses and routes, longest prefix first
 */
public record ProgramPolicy(List<Rule> rules, List<PolicyRule> derived) {
    /** The highest port. */
    public static final int LAST_PORT = 65535;

    public ProgramPolicy {
        rules = List.copyOf(rules);
        derived = List.copyOf(derived);
    }

    /** What a program does. */
    public enum Call {
        /** connect: address and port are the remote ones. */
        CONNECT,
        /** listen: address and port are the local ones. */
        LISTEN
    }

    /**
     * A rule.
     *
     * @param name as configured, such as {@code policy.10}
     * @param connect whether it is about {@link Call#CONNECT}
     * @param listen whether it is about {@link Call#LISTEN}
     * @param prefix the addresses; null: all
     * @param firstPort the first port
     * @param lastPort the last
     * @param action never {@link PolicyAction#LOCAL}
     * @param udpPort of {@link PolicyAction#UDP}: where the peer takes TCP in datagrams; else 0
     */
    public record Rule(
            String name,
            boolean connect,
            boolean listen,
            IpPrefix prefix,
            int firstPort,
            int lastPort,
            PolicyAction action,
            int udpPort) {
        /** One without a port for datagrams. */
        public Rule(
                final String name,
                final boolean connect,
                final boolean listen,
                final IpPrefix prefix,
                final int firstPort,
                final int lastPort,
                final PolicyAction action) {
            this(name, connect, listen, prefix, firstPort, lastPort, action, 0);
        }

        boolean matches(final Call call, final IpAddress address, final int port) {
            return (call == Call.CONNECT ? connect : listen)
                    && port >= firstPort
                    && port <= lastPort
                    && (prefix == null || prefix.contains(address.high(), address.low()));
        }
    }

    /**
     * What was decided.
     *
     * @param rule the name of the rule that says so; empty: it follows from addresses and routes
     * @param prefix the prefix of which that follows; null: a rule said so, or nothing covers the address
     * @param udpPort of {@link PolicyAction#UDP}, else 0
     */
    public record Decision(PolicyAction action, String rule, IpPrefix prefix, int udpPort) {
        /** One without a port for datagrams. */
        public Decision(final PolicyAction action, final String rule, final IpPrefix prefix) {
            this(action, rule, prefix, 0);
        }
    }

    /**
     * Decides. A listener on the wildcard address is Joyride's where no rule says otherwise: it is reached on Joyride's addresses
     * there, and on the kernel's by the kernel's listener beside it.
     */
    public Decision decide(final Call call, final IpAddress address, final int port) {
        for (final Rule rule : rules) {
            if (rule.matches(call, address, port)) {
                if (rule.action() == PolicyAction.JOYRIDE) {
                    break;
                }
                if (rule.action() == PolicyAction.UDP) {
                    return inDatagrams(rule, derived(address));
                }
                return new Decision(rule.action(), rule.name(), null);
            }
        }
        if (call == Call.LISTEN && address.isAny()) {
            return new Decision(PolicyAction.JOYRIDE, "", null);
        }
        return derived(address);
    }

    /** The kernel would send plain TCP. */
    private static Decision inDatagrams(final Rule rule, final Decision follows) {
        return switch (follows.action()) {
            case JOYRIDE, LOCAL -> new Decision(PolicyAction.UDP, rule.name(), follows.prefix(), rule.udpPort());
            default -> new Decision(PolicyAction.REFUSE, rule.name(), follows.prefix());
        };
    }

    private Decision derived(final IpAddress address) {
        for (final PolicyRule rule : derived) {
            if (rule.prefix().contains(address.high(), address.low())) {
                return new Decision(rule.action(), "", rule.prefix());
            }
        }
        return new Decision(PolicyAction.KERNEL, "", null);
    }
}
