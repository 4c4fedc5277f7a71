package joyride.testkit.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.nic.wire.Faults;

/**
 * What happens in one simulation: the wire, the connections, what both ends of each do, and what is changed under them meanwhile.
 *
 * @param seed that everything follows from
 * @param mtu of the wire; 0: both ends are on one host, over its internal loopback
 * @param offload whether the wire's ports complete and verify checksums
 * @param fromA what befalls frames of host a
 * @param fromB what befalls frames of host b
 * @param sysctlsA what host a's instance has other than by default
 * @param sysctlsB the same of host b
 * @param conversations the connections
 * @param handOverEvery turns after which connections move to a fresh object of their TCP variant; 0: never
 * @param absentMillis how long at a time no TCP variant is there at all, every few seconds; 0: never
 * @param switchEvery turns after which they move to the next congestion control; 0: never
 * @param hosts what serves each host's connections at first: variant and congestion control of a, then of b
 * @param resizeMillis every so often an interface's MTU changes; 0: never
 */
public record Scenario(
        long seed,
        int mtu,
        boolean offload,
        Faults fromA,
        Faults fromB,
        Map<String, String> sysctlsA,
        Map<String, String> sysctlsB,
        List<Conversation> conversations,
        int handOverEvery,
        int absentMillis,
        int switchEvery,
        List<String> hosts,
        int resizeMillis) {
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final int SIX_MTU = 1280;

    /**
     * Names, each with values to choose from. Not syncookies_only: a cookie tells nothing of segments that overtook the one that
     * completes the handshake, and the connection is reset.
     */
    private static final String[][] SYSCTLS = {
        {"net.inet.tcp.rfc1323", "0", "2", "3"},
        {"net.inet.tcp.sack.enable", "0"},
        {"net.inet.tcp.sack.revised", "0"},
        {"net.inet.tcp.sack.lrd", "0"},
        {"net.inet.tcp.sack.maxholes", "1", "2", "5"},
        {"net.inet.tcp.delayed_ack", "0"},
        {"net.inet.tcp.delacktime", "1", "200"},
        {"net.inet.tcp.do_prr", "0"},
        {"net.inet.tcp.rfc3042", "0"},
        {"net.inet.tcp.rfc3465", "0"},
        {"net.inet.tcp.initcwnd_segments", "0", "1", "2", "40"},
        {"net.inet.tcp.ecn.enable", "0", "1", "1", "2", "3", "3", "4"},
        {"net.inet.tcp.cc.abe", "1"},
        {"net.inet.tcp.sendspace", "2048", "5000", "100000"},
        {"net.inet.tcp.recvspace", "2048", "5000", "16384", "300000"},
        {"net.inet.tcp.sendbuf_auto", "0"},
        {"net.inet.tcp.recvbuf_auto", "0"},
        {"net.inet.tcp.reass.maxqueuelen", "1", "2", "8"},
        {"net.inet.tcp.syncookies", "0"},
        {"net.inet.tcp.syncache.rexmtlimit", "6"},
        {"net.inet.tcp.hostcache.enable", "0"},
        {"net.inet.tcp.tolerate_missing_ts", "0"},
        {"net.inet.tcp.ts_offset_per_conn", "0"},
        {"net.inet.tcp.rexmit_min", "1", "200", "1000"},
        {"net.inet.tcp.rexmit_slop", "0", "30"},
        {"net.inet.tcp.rexmit_drop_options", "1"},
        {"net.inet.tcp.path_mtu_discovery", "0"},
        {"net.inet.tcp.insecure_rst", "1"},
        {"net.inet.tcp.insecure_ack", "1"},
        {"kern.ipc.maxsockbuf", "65536", "4194304"},
    };

    /**
     * A connection.
     *
     * @param fromA whether host a opens it
     * @param simultaneous whether both ends open it at the same time
     * @param startNanos when it begins
     * @param active the opening end
     * @param passive the other
     */
    public record Conversation(
            boolean fromA, boolean simultaneous, long startNanos, StreamPlan active, StreamPlan passive) {}

    public Scenario {
        sysctlsA = Map.copyOf(sysctlsA);
        sysctlsB = Map.copyOf(sysctlsB);
        conversations = List.copyOf(conversations);
        hosts = List.copyOf(hosts);
    }

    /** The scenario that belongs to a seed. */
    public static Scenario of(final long seed) {
        final SeededRandom random = new SeededRandom(seed ^ 0x5ce7_a210L);
        final Faults fromA = faults(random);
        final Faults fromB = random.chance(0.5) ? fromA : faults(random);
        final List<Conversation> conversations = new ArrayList<>();
        final int count = random.chance(0.1) ? random.between(10, 40) : random.between(1, 4);
        final int sizeMost = Math.max(1000, (random.chance(0.03) ? 8_000_000 : 400_000) / count);
        for (int i = 0; i < count; i++) {
            conversations.add(conversation(random, sizeMost));
        }
        final int least = isSix(seed) ? SIX_MTU : 576;
        final int mtu = random.chance(0.7) ? 1500 : random.chance(0.5) ? random.between(least, 1499) : 9000;
        return new Scenario(
                seed,
                mtu,
                random.chance(0.2),
                fromA,
                fromB,
                sysctls(random),
                sysctls(random),
                conversations,
                random.chance(0.25) ? random.spread(10, 500) : 0,
                random.chance(0.1) ? random.spread(1, 1000) : 0,
                random.chance(0.25) ? random.spread(10, 500) : 0,
                List.of(
                        any(random, SimulatedTcp.VARIANTS),
                        any(random, SimulatedTcp.CONGESTION_CONTROLS),
                        any(random, SimulatedTcp.VARIANTS),
                        any(random, SimulatedTcp.CONGESTION_CONTROLS)),
                random.chance(0.15) ? random.spread(20, 2000) : 0);
    }

    private static String any(final SeededRandom random, final List<String> names) {
        return names.get(random.nextInt(names.size()));
    }

    /** Whether its hosts talk IPv6: every third scenario. Not part of the record: it follows from the seed like all else. */
    public boolean six() {
        return isSix(seed);
    }

    private static boolean isSix(final long seed) {
        return seed % 3 == 0;
    }

    /**
     * Which host merges frames and which sends large units, as the service does by default: bit 0, host a merges; 1, host b; 2, host a sends; 3, host b
     * sends. Four times in five all do.
     */
    public int largeUnits() {
        final long dice = SeededRandom.mix(seed ^ 0x15_0a_96e5L);
        return (dice >>> 32) % 5 != 0 ? 15 : (int) dice & 15;
    }

    /** What both hosts have other than by default beside the rest, three scenarios in eight: rack's pacing, slow start that ends by RFC 9406. */
    public Map<String, String> extra() {
        final long dice = SeededRandom.mix(seed ^ 0x9ace_d0L) >>> 40;
        return switch ((int) (dice % 8)) {
            case 0 -> Map.of("net.inet.tcp.rack.use_pacing", "1");
            case 1 -> Map.of("net.inet.tcp.rack.use_pacing", "1", "net.inet.tcp.pacing_limit", "1");
            case 2 -> Map.of("net.inet.tcp.cc.hystartplusplus.enable", "1");
            default -> Map.of();
        };
    }

    /**
     * The longest IP packet that gets through, where the path drops larger ones and says nothing (RFC 2923 §2.1); 0: there is no such hole. Hosts look for
     * it then. One scenario in some 25 that allows it.
     */
    public int hole() {
        final long dice = SeededRandom.mix(seed ^ 0xb1ac_401eL);
        final boolean able = mtu >= 1500
                && !sysctlsA.containsKey("net.inet.tcp.path_mtu_discovery")
                && !sysctlsB.containsKey("net.inet.tcp.path_mtu_discovery");
        return able && (dice >>> 40) % 25 == 0 ? 1290 + (int) (dice & 127) : 0;
    }

    /** One line for people. */
    public String summary() {
        return (six() ? "IPv6, " : "IPv4, ") + hosts + ", " + (mtu == 0 ? "loopback" : "mtu " + mtu)
                + (offload ? ", checksum offload" : "")
                + ", "
                + conversations.size() + " connections, large units " + Integer.toBinaryString(largeUnits())
                + ", from a " + fromA
                + ", from b " + fromB
                + (sysctlsA.isEmpty() ? "" : ", a has " + new TreeMap<>(sysctlsA))
                + (sysctlsB.isEmpty() ? "" : ", b has " + new TreeMap<>(sysctlsB))
                + (extra().isEmpty() ? "" : ", both have " + new TreeMap<>(extra()))
                + (handOverEvery > 0 ? ", variant handed over every " + handOverEvery + " turns" : "")
                + (hole() > 0 ? ", a black hole above " + hole() + " bytes" : "")
                + (absentMillis > 0 ? ", variant absent for " + absentMillis + " ms" : "")
                + (resizeMillis > 0 ? ", an MTU changed every " + resizeMillis + " ms" : "")
                + (switchEvery > 0 ? ", congestion control switched every " + switchEvery + " turns" : "");
    }

    /** Whether segments take long enough that two that are sent at the same time cross. */
    boolean slow() {
        return fromA.delayNanos() >= MILLI && fromB.delayNanos() >= MILLI;
    }

    /** The same over the internal loopback of one host. */
    public Scenario onLoopback() {
        return new Scenario(
                seed,
                0,
                false,
                Faults.NONE,
                Faults.NONE,
                sysctlsA,
                sysctlsB,
                conversations,
                handOverEvery,
                absentMillis,
                switchEvery,
                hosts,
                0);
    }

    /** The same without changes of variant and congestion control. */
    public Scenario unchanged() {
        return new Scenario(seed, mtu, offload, fromA, fromB, sysctlsA, sysctlsB, conversations, 0, 0, 0, hosts, 0);
    }

    static Faults faults(final SeededRandom random) {
        Faults faults = Faults.NONE;
        if (random.chance(0.6)) {
            faults = faults.withLoss(random.spread(1, 50) / 1000.0, random.chance(0.3) ? random.between(2, 4) : 1);
        }
        if (random.chance(0.3)) {
            faults = faults.withDuplication(random.spread(1, 100) / 1000.0);
        }
        if (random.chance(0.4)) {
            faults = faults.withReordering(random.spread(1, 200) / 1000.0, random.spread(10, 50_000) * 1000L);
        }
        if (random.chance(0.3)) {
            faults = faults.withCorruption(random.spread(1, 30) / 1000.0);
        }
        if (random.chance(0.2)) {
            faults = faults.withMarking(random.spread(1, 200) / 1000.0);
        }
        if (random.chance(0.8)) {
            final long delay = random.spread(10, 100_000) * 1000L;
            faults = faults.withDelay(delay, random.chance(0.5) ? 0 : delay / 2);
        }
        if (random.chance(0.3)) {
            faults = faults.withRate(random.spread(1, 200) * 1_000_000L, random.spread(20_000, 500_000));
        }
        return faults;
    }

    /** Most hosts are as they come, some have a few values changed. */
    static Map<String, String> sysctls(final SeededRandom random) {
        final Map<String, String> values = new TreeMap<>();
        if (random.chance(0.4)) {
            for (int i = random.between(1, 4); i > 0; i--) {
                final String[] choice = SYSCTLS[random.nextInt(SYSCTLS.length)];
                values.put(choice[0], choice[random.between(1, choice.length - 1)]);
            }
        }
        return values;
    }

    private static Conversation conversation(final SeededRandom random, final int sizeMost) {
        final long up = random.nextLong();
        final long down = random.nextLong();
        final int shape = random.nextInt(10);
        final int upBytes = shape == 0 ? 0 : random.spread(1, sizeMost);
        final int downBytes = shape <= 1 ? 0 : random.spread(1, sizeMost);
        final StreamPlan.Ending active = ending(random);
        StreamPlan.Ending passive = ending(random);
        if (active == StreamPlan.Ending.FOLLOW && passive == StreamPlan.Ending.FOLLOW) {
            passive = StreamPlan.Ending.HALF_CLOSE;
        }
        final boolean rude = leaves(active) || leaves(passive);
        return new Conversation(
                random.chance(0.5),
                random.chance(0.05),
                random.chance(0.5) ? 0 : random.nextInt(2000) * MILLI,
                plan(random, up, upBytes, down, downBytes, active, rude),
                plan(random, down, downBytes, up, upBytes, passive, rude));
    }

    private static boolean leaves(final StreamPlan.Ending ending) {
        return ending == StreamPlan.Ending.ABORT || ending == StreamPlan.Ending.LEAVE;
    }

    private static StreamPlan.Ending ending(final SeededRandom random) {
        final int dice = random.nextInt(20);
        if (dice == 0) {
            return StreamPlan.Ending.ABORT;
        }
        if (dice == 1) {
            return StreamPlan.Ending.LEAVE;
        }
        return dice < 9 ? StreamPlan.Ending.HALF_CLOSE : dice < 15 ? StreamPlan.Ending.CLOSE : StreamPlan.Ending.FOLLOW;
    }

    private static StreamPlan plan(
            final SeededRandom random,
            final long sendKey,
            final int sendBytes,
            final long expectKey,
            final int expectBytes,
            final StreamPlan.Ending ending,
            final boolean tolerant) {
        final boolean slow = random.chance(0.3);
        return new StreamPlan(
                sendKey,
                sendBytes,
                expectKey,
                expectBytes,
                random.spread(1, 100_000) + random.nextInt(2) * 10_000,
                random.chance(0.4) ? 0.05 : 0,
                random.spread(200, 100_000),
                slow ? 0.2 : 0,
                random.spread(1, 200) * MILLI,
                random.chance(0.1) ? random.spread(1, 120) * SECOND : 0,
                ending,
                1 + random.nextInt(1 + sendBytes),
                tolerant);
    }
}
