package joyride.core.link;

import java.util.Arrays;
import joyride.api.counters.CounterBlock;
import joyride.api.counters.DropReason;
import joyride.api.memory.Memory;
import joyride.core.ip.Ipv6;
import joyride.core.ip.Packet;
import joyride.core.time.Timer;

/**
 * The groups of one link that we listen to, and what routers and switches hear of it: MLDv2 (RFC 3810), as a listener of all sources. All
 * groups are ff02::…; so one {@code long} names each.
 */
final class Mld {
    /** Groups at most: one for each address, nearly. */
    static final int GROUPS = 64;

    private static final int EXCLUDE = 2;
    private static final int TO_INCLUDE = 3;
    private static final int TO_EXCLUDE = 4;

    /** Robustness variable (RFC 3810 §9.1): each change is told so often. */
    private static final int ROBUSTNESS = 2;

    /** Unsolicited report interval (§9.11), ms. */
    private static final int INTERVAL = 1_000;

    private static final int QUERY = 24;

    private final EthernetInterface link;
    private final NdOutput output;
    private final CounterBlock counters;
    private final long[] groups = new long[GROUPS];
    private final int[] users = new int[GROUPS];
    private int count;
    private final long[] one = new long[1];
    private int repeats;
    private long sourceHigh;
    private long sourceLow;

    private final Timer change = new Timer() {
        @Override
        protected void expire() {
            report(TO_EXCLUDE, groups, count);
            if (--repeats > 0) {
                arm(change, 1 + link.environment.random().nextInt(INTERVAL));
            }
        }
    };

    private final Timer answer = new Timer() {
        @Override
        protected void expire() {
            report(EXCLUDE, groups, count);
        }
    };

    Mld(final EthernetInterface link, final NdOutput output, final CounterBlock counters) {
        this.link = link;
        this.output = output;
        this.counters = counters;
    }

    private void arm(final Timer timer, final long delay) {
        link.environment.timers().arm(timer, link.environment.clock().millis() + delay);
    }

    private int find(final long group) {
        for (int i = 0; i < count; i++) {
            if (groups[i] == group) {
                return i;
            }
        }
        return -1;
    }

    /** Whether packets to ff02::{@code low} are for us. */
    boolean listens(final long low) {
        return low == NdOutput.ALL_NODES || find(low) >= 0;
    }

    void join(final long group) {
        final int known = find(group);
        if (known >= 0) {
            users[known]++;
        } else if (count < GROUPS) {
            groups[count] = group;
            users[count++] = 1;
            one[0] = group;
            report(TO_EXCLUDE, one, 1);
            repeats = ROBUSTNESS - 1;
            arm(change, 1 + link.environment.random().nextInt(INTERVAL));
        }
    }

    void leave(final long group) {
        final int known = find(group);
        if (known < 0 || --users[known] > 0) {
            return;
        }
        count--;
        groups[known] = groups[count];
        users[known] = users[count];
        one[0] = group;
        report(TO_INCLUDE, one, 1);
    }

    private void report(final int record, final long[] of, final int number) {
        if (number > 0 && link.canSend() && !link.shared()) {
            if (output.report(record, of, number, sourceHigh, sourceLow)) {
                counters.increment(NdCounter.REPORTS_OUT.ordinal());
            }
        }
    }

    /** A link-local address is ready: reports from :: before it may have been ignored (RFC 3590 §4). */
    void sourceReady() {
        final Ipv6Address own = link.nd().addresses().linkLocal();
        if (own != null) {
            sourceHigh = own.high;
            sourceLow = own.low;
            tellAll();
        }
    }

    /** Tells of all groups, now and once more: the link is another one. */
    void tellAll() {
        report(TO_EXCLUDE, groups, count);
        repeats = ROBUSTNESS - 1;
        arm(change, 1 + link.environment.random().nextInt(INTERVAL));
    }

    /** A router asks (§6.2): all groups are told within the time that it gives. @return whether the query is well-formed */
    boolean query(final Packet packet) {
        if (packet.transportLength < QUERY || !Ipv6.isLinkLocal(packet.sourceHigh) || packet.ttl != 1) {
            return false;
        }
        final long at = packet.transport;
        final long low = Memory.getLongBE(at + 16);
        final boolean general = Ipv6.isUnspecified(Memory.getLongBE(at + 8), low);
        if (general || find(low) >= 0) {
            final int most = responseDelay(Memory.getUnsignedShortBE(at + 4));
            if (!answer.isArmed()) {
                arm(answer, most == 0 ? 1 : link.environment.random().nextInt(most) + 1L);
            }
        } else {
            link.drop(DropReason.ND_UNWANTED);
        }
        return true;
    }

    /** §5.1.3: beyond 15 bits it is a floating-point number. */
    private static int responseDelay(final int code) {
        return code < 32768 ? code : (code & 0xfff | 0x1000) << (code >> 12 & 7) + 3;
    }

    void close() {
        link.environment.timers().cancel(change);
        link.environment.timers().cancel(answer);
        Arrays.fill(users, 0);
        count = 0;
    }
}
