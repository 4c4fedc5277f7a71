package joyride.ipc.shm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import joyride.api.memory.Kernels;
import joyride.api.memory.Memory;
import joyride.api.net.IpPrefix;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;

/** A loop in virtual time whose instances are {@link LoopedInstance}s on one network. */
final class LoopedHost implements TransportHost {
    final List<LoopedInstance> cores = new ArrayList<>();
    final LoopedNetwork network = new LoopedNetwork();
    long now = 1_000_000_000L;
    int generation = 1;
    volatile int wakes;
    Function<Application, List<ProgramPolicy.Rule>> programRules = application -> List.of();
    List<PolicyRule> rules = List.of(new PolicyRule(IpPrefix.parse("127.77.0.0/16"), PolicyAction.LOCAL));

    @Override
    public StackInstance createInstance(final String name) {
        final LoopedInstance core = new LoopedInstance(network, cores.size() + 1L, name);
        cores.add(core);
        return core;
    }

    @Override
    public Kernels kernels() {
        return new Kernels() {
            @Override
            public long sum(final long address, final int length, final long initial) {
                throw new UnsupportedOperationException();
            }

            @Override
            public long copyAndSum(final long from, final long to, final int length, final long initial) {
                throw new UnsupportedOperationException();
            }

            @Override
            public void copy(final long from, final long to, final int length) {
                Memory.copy(from, to, length);
            }
        };
    }

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public ProgramPolicy policy(final Application application) {
        return new ProgramPolicy(programRules.apply(application), rules);
    }

    @Override
    public void wake() {
        wakes++;
    }

    @Override
    public int policyGeneration() {
        return generation;
    }
}
