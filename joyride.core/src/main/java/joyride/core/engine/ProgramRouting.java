package joyride.core.engine;

import java.util.List;
import java.util.function.Function;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.TransportHost;

/** Which sockets of which programs are Joyride's, and how often that changed. On the engine's thread. */
final class ProgramRouting {
    private List<TransportHost.PolicyRule> policy = List.of();
    private Function<TransportHost.Application, List<ProgramPolicy.Rule>> rules = application -> List.of();
    private int generation;

    /** Sets which destinations go over Joyride. */
    void policy(final List<TransportHost.PolicyRule> destinations) {
        policy = List.copyOf(destinations);
        generation++;
    }

    /** Sets the rules that come before that, those that concern an application, in their order. */
    void rules(final Function<TransportHost.Application, List<ProgramPolicy.Rule>> configured) {
        rules = configured;
        generation++;
    }

    /** What is said to an application. */
    ProgramPolicy of(final TransportHost.Application application) {
        return new ProgramPolicy(rules.apply(application), policy);
    }

    int generation() {
        return generation;
    }
}
