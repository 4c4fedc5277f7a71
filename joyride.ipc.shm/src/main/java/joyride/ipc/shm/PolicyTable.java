package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;

import joyride.api.memory.Memory;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;

/** Writes the policy of an application into its instance's header, under its sequence lock. */
final class PolicyTable {
    private static final System.Logger LOG = System.getLogger(PolicyTable.class.getName());

    private PolicyTable() {}

    static void write(final InstanceMemory memory, final ProgramPolicy policy) {
        final int rules = Math.min(policy.rules().size(), JR_POLICIES);
        final int wanted = policy.rules().size() + policy.derived().size();
        final int count = Math.min(wanted, JR_POLICIES);
        if (count < wanted) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "the policy has " + wanted + " entries, programs see the first " + JR_POLICIES + "; join prefixes");
        }
        final long sequence = memory.base + HEADER_POLICY_SEQ;
        final int before = Memory.getInt(sequence);
        Memory.putIntVolatile(sequence, before + 1);
        for (int i = 0; i < count; i++) {
            final long at = memory.base + HEADER_POLICY + (long) i * POLICY_SIZEOF;
            Memory.zero(at, POLICY_SIZEOF);
            if (i < rules) {
                rule(at, policy.rules().get(i));
            } else {
                derived(at, policy.derived().get(i - rules));
            }
        }
        Memory.putInt(memory.base + HEADER_POLICY_RULES, rules);
        Memory.putInt(memory.base + HEADER_POLICY_COUNT, count);
        Memory.putIntVolatile(sequence, before + 2);
    }

    private static void rule(final long at, final ProgramPolicy.Rule rule) {
        if (rule.prefix() != null) {
            Memory.putLongBE(at + POLICY_ADDRESS, rule.prefix().address().high());
            Memory.putLongBE(at + POLICY_ADDRESS + 8, rule.prefix().address().low());
            Memory.putByte(at + POLICY_PREFIX, rule.prefix().mappedLength());
        }
        Memory.putByte(at + POLICY_ACTION, number(rule.action()));
        Memory.putByte(
                at + POLICY_CALLS, (rule.connect() ? JR_POLICY_CONNECT : 0) | (rule.listen() ? JR_POLICY_LISTEN : 0));
        Memory.putShort(at + POLICY_FIRST_PORT, rule.firstPort());
        Memory.putShort(at + POLICY_LAST_PORT, rule.lastPort());
    }

    private static void derived(final long at, final PolicyRule rule) {
        Memory.putLongBE(at + POLICY_ADDRESS, rule.prefix().address().high());
        Memory.putLongBE(at + POLICY_ADDRESS + 8, rule.prefix().address().low());
        Memory.putByte(at + POLICY_PREFIX, rule.prefix().mappedLength());
        Memory.putByte(at + POLICY_ACTION, number(rule.action()));
    }

    private static int number(final PolicyAction action) {
        return switch (action) {
            case KERNEL -> JR_POLICY_KERNEL;
            case JOYRIDE -> JR_POLICY_JOYRIDE;
            case LOCAL -> JR_POLICY_LOCAL;
            case REFUSE -> JR_POLICY_REFUSE;
            case UDP -> JR_POLICY_UDP;
        };
    }
}
