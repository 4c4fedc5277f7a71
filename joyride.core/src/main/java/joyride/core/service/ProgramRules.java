package joyride.core.service;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import joyride.api.net.IpPrefix;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.TransportHost.Application;
import joyride.api.socket.TransportHost.PolicyAction;

/**
 * The configured rules of the policy, in their order.
 *
 * @param rules by number
 */
record ProgramRules(List<Conditions> rules) implements Function<Application, List<ProgramPolicy.Rule>> {
    /** None. */
    static final ProgramRules NONE = new ProgramRules(List.of());

    /** First and last port. */
    record Ports(int first, int last) {
        /** Every port. */
        static final Ports ALL = new Ports(0, ProgramPolicy.LAST_PORT);
    }

    /**
     * A rule as configured: all that it names must fit, an empty list fits everything.
     *
     * @param name such as {@code policy.10}
     * @param programs executable files by path, or, if there is no slash, by their last name or that by which they are started
     * @param users by number
     * @param udpPort of the action udp:PORT, else 0
     */
    record Conditions(
            String name,
            List<String> programs,
            Set<Integer> users,
            boolean connect,
            boolean listen,
            List<IpPrefix> prefixes,
            List<Ports> ports,
            PolicyAction action,
            int udpPort) {
        private boolean concern(final Application application) {
            return (users.isEmpty() || users.contains(application.user()))
                    && (programs.isEmpty() || programs.stream().anyMatch(name -> is(application, name)));
        }

        private static boolean is(final Application application, final String name) {
            final String path = application.program();
            return name.indexOf('/') >= 0
                    ? path.equals(name)
                    : application.name().equals(name)
                            || path.substring(path.lastIndexOf('/') + 1).equals(name);
        }

        /** How many entries it needs in a program's table. */
        int entries() {
            return Math.max(prefixes.size(), 1) * Math.max(ports.size(), 1);
        }

        private void addTo(final List<ProgramPolicy.Rule> all) {
            for (int i = 0; i < Math.max(prefixes.size(), 1); i++) {
                final IpPrefix prefix = prefixes.isEmpty() ? null : prefixes.get(i);
                for (final Ports range : ports.isEmpty() ? List.of(Ports.ALL) : ports) {
                    all.add(new ProgramPolicy.Rule(
                            name, connect, listen, prefix, range.first(), range.last(), action, udpPort));
                }
            }
        }
    }

    /** Those that concern an application. */
    @Override
    public List<ProgramPolicy.Rule> apply(final Application application) {
        final List<ProgramPolicy.Rule> all = new ArrayList<>();
        for (final Conditions conditions : rules) {
            if (conditions.concern(application)) {
                conditions.addTo(all);
            }
        }
        return all;
    }
}
