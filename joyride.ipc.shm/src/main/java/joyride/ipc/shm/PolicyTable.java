package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import java.util.List;
import joyride.api.memory.Memory;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;

/** Writes the policy into instances' headers, each under its sequence lock. */
final class PolicyTable {
    private static final System.Logger LOG = System.getLogger(PolicyTable.class.getName());

    private PolicyTable() {}

    static void write(final InstanceMemory memory, final List<PolicyRule> rules) {
        final int count = Math.min(rules.size(), JR_POLICIES);
        if (count < rules.size()) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the policy has " + rules.size() + " rules, programs see the first " + JR_POLICIES
                            + "; join prefixes");
        }
        final long sequence = memory.base + HEADER_POLICY_SEQ;
        final int before = Memory.getInt(sequence);
        Memory.putIntVolatile(sequence, before + 1);
        for (int i = 0; i < count; i++) {
            final PolicyRule rule = rules.get(i);
            final long at = memory.base + HEADER_POLICY + (long) i * POLICY_SIZEOF;
            Memory.putLongBE(at + POLICY_ADDRESS, rule.prefix().address().high());
            Memory.putLongBE(at + POLICY_ADDRESS + 8, rule.prefix().address().low());
            Memory.putByte(at + POLICY_PREFIX, rule.prefix().mappedLength());
            Memory.putByte(at + POLICY_ACTION, number(rule.action()));
        }
        Memory.putInt(memory.base + HEADER_POLICY_COUNT, count);
        Memory.putIntVolatile(sequence, before + 2);
    }

    private static int number(final PolicyAction action) {
        return switch (action) {
            case KERNEL -> JR_POLICY_KERNEL;
            case JOYRIDE -> JR_POLICY_JOYRIDE;
            case LOCAL -> JR_POLICY_LOCAL;
            case REFUSE -> JR_POLICY_REFUSE;
        };
    }
}
