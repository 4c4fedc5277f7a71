package joyride.testkit.simulation;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import joyride.nic.wire.Faults;
import joyride.testkit.simulation.RoguePeer.Manner;

/**
 * A host's program and a {@link RoguePeer}: the peer's manners, the wire, what serves the connection and what is changed under it.
 *
 * @param seed that everything follows from
 * @param six whether they talk IPv6
 * @param mtu of the wire
 * @param manners how the peer misbehaves
 * @param fromHost what befalls the host's frames once the connection is there
 * @param fromPeer what befalls the peer's
 * @param offer what the peer offers in the handshake
 * @param hostOpens whether the host's program connects to the peer, and not the other way round
 * @param plan what the host's program does
 * @param departure how the peer ends
 * @param departAfter bytes of both streams after which it does; {@link Integer#MAX_VALUE}: when all is over
 * @param variant that serves the connection at first
 * @param control its congestion control at first
 * @param sysctls what the host's instance has other than by default
 * @param handOverEvery turns after which the connection moves to a fresh object of either variant; 0: never
 * @param switchEvery turns after which it gets another congestion control; 0: never
 * @param absentMillis how long at a time there is no variant at all, now and then; 0: never
 */
public record RogueScenario(
        long seed,
        boolean six,
        int mtu,
        Set<Manner> manners,
        Faults fromHost,
        Faults fromPeer,
        PeerConnection.Offer offer,
        boolean hostOpens,
        StreamPlan plan,
        Departure departure,
        int departAfter,
        String variant,
        String control,
        Map<String, String> sysctls,
        int handOverEvery,
        int switchEvery,
        int absentMillis) {
    /** How a peer ends. */
    public enum Departure {
        /** By FIN, and as long as the host wants. */
        FIN,
        /** By RST. */
        RESET,
        /** Says nothing any more. */
        SILENCE
    }

    private static final long MILLI = 1_000_000L;
    private static final int MTU = 1500;
    private static final int HEADERS = 40;

    /** {@code net.inet.tcp.minmss}. */
    private static final int LEAST_SEGMENT = 216;

    private static final int MOST_BYTES = 150_000;

    /** With windows of some bytes each byte costs a probe's time. */
    private static final int FEW_BYTES = 8_000;

    /** Under these a peer that lies is believed, as whoever sets them wants it. */
    private static final Set<String> TRUSTING = Set.of(
            "net.inet.tcp.insecure_rst",
            "net.inet.tcp.insecure_ack",
            "net.inet.tcp.path_mtu_discovery",
            "net.inet.tcp.rfc3465",
            "net.inet.tcp.initcwnd_segments",
            "net.inet.tcp.rfc1323");

    /** Copies what could be changed. */
    public RogueScenario {
        manners = Set.copyOf(manners);
        sysctls = Map.copyOf(sysctls);
    }

    /** The scenario that belongs to a seed. */
    public static RogueScenario of(final long seed) {
        final SeededRandom random = new SeededRandom(seed ^ 0x4096e_5eedL);
        final EnumSet<Manner> manners = EnumSet.noneOf(Manner.class);
        for (int i = random.chance(0.6) ? 1 : random.between(2, 3); i > 0; i--) {
            manners.add(Manner.values()[random.nextInt(Manner.values().length)]);
        }
        final boolean clean = random.chance(0.3);
        final Departure departure =
                random.chance(0.8) ? Departure.FIN : Departure.values()[random.nextInt(Departure.values().length)];
        final boolean early = departure != Departure.FIN && random.chance(0.8);
        final Map<String, String> sysctls = new TreeMap<>(Scenario.sysctls(random));
        sysctls.keySet().removeAll(TRUSTING);
        if (random.chance(0.5)) {
            // Room for what cwnd, and not the buffer, holds back.
            sysctls.put("net.inet.tcp.sendspace", "300000");
        }
        final StreamPlan plan = plan(random, manners, departure);
        return new RogueScenario(
                seed,
                random.chance(0.33),
                random.chance(0.8) ? MTU : random.between(1280, 9000),
                manners,
                clean ? Faults.NONE : Scenario.faults(random),
                clean ? Faults.NONE : Scenario.faults(random),
                new PeerConnection.Offer(
                        manners.contains(Manner.OLD_STAMPS) || manners.contains(Manner.LEAPS) || random.chance(0.5),
                        random.chance(0.8),
                        random.chance(0.5) ? 0 : random.nextInt(5),
                        random.chance(0.8) ? PeerConnection.MSS : random.spread(1, 9000)),
                random.chance(0.3),
                plan,
                departure,
                early ? random.nextInt((int) (plan.sendBytes() + plan.expectBytes()) + 1) : Integer.MAX_VALUE,
                SimulatedTcp.VARIANTS.get(random.nextInt(SimulatedTcp.VARIANTS.size())),
                SimulatedTcp.CONGESTION_CONTROLS.get(random.nextInt(SimulatedTcp.CONGESTION_CONTROLS.size())),
                sysctls,
                random.chance(0.25) ? random.spread(5, 500) : 0,
                random.chance(0.25) ? random.spread(5, 500) : 0,
                random.chance(0.1) ? random.spread(1, 1000) : 0);
    }

    /** One manner alone, on a wire without faults: much data both ways. Variants, congestion controls and families take turns. */
    static RogueScenario alone(final Manner manner, final long seed) {
        final SeededRandom random = new SeededRandom(seed);
        final int bytes = manner == Manner.STINGY ? FEW_BYTES : MOST_BYTES;
        return new RogueScenario(
                seed,
                seed / 2 % 2 == 1,
                MTU,
                Set.of(manner),
                Faults.NONE,
                Faults.NONE,
                new PeerConnection.Offer(
                        manner == Manner.OLD_STAMPS || manner == Manner.LEAPS || random.chance(0.5),
                        random.chance(0.8),
                        0,
                        PeerConnection.MSS),
                false,
                StreamPlan.bulk(1, bytes, 2, MOST_BYTES),
                Departure.FIN,
                Integer.MAX_VALUE,
                turn(SimulatedTcp.VARIANTS, seed),
                turn(SimulatedTcp.CONGESTION_CONTROLS, seed),
                Map.of(),
                0,
                0,
                0);
    }

    private static String turn(final List<String> names, final long seed) {
        return names.get((int) (seed % names.size()));
    }

    private static StreamPlan plan(final SeededRandom random, final Set<Manner> manners, final Departure departure) {
        final boolean slowly = manners.contains(Manner.STINGY);
        final int ending = random.nextInt(12);
        final boolean tolerant = departure != Departure.FIN;
        final int most = slowly ? FEW_BYTES : MOST_BYTES;
        final int sends = random.chance(0.5) ? random.spread(1, most) : random.between(most / 2, most);
        return new StreamPlan(
                random.nextLong(),
                sends,
                random.nextLong(),
                random.spread(1, MOST_BYTES),
                random.spread(1, 100_000),
                random.chance(0.3) ? 0.05 : 0,
                random.spread(200, 100_000),
                random.chance(0.3) ? 0.2 : 0,
                random.spread(1, 200) * MILLI,
                random.chance(0.1) ? random.spread(1, 30) * 1000 * MILLI : 0,
                ending == 0
                        ? StreamPlan.Ending.ABORT
                        : ending == 1
                                ? StreamPlan.Ending.LEAVE
                                : ending < 6
                                        ? StreamPlan.Ending.HALF_CLOSE
                                        : ending < 9 ? StreamPlan.Ending.CLOSE : StreamPlan.Ending.FOLLOW,
                random.between(1, sends),
                tolerant);
    }

    /** Bytes of the host's largest segments: what the peer takes, but for the least that FreeBSD sends, and what the wire carries. */
    int segment() {
        return Math.max(LEAST_SEGMENT, Math.min(offer.mss(), mtu - HEADERS));
    }

    /** Whether the host's program or the peer leaves before all is over. */
    boolean rude() {
        return departure != Departure.FIN || plan.leavesEarly();
    }

    /** Whether data from wherever may meet a socket that its program has closed: as FreeBSD, the host resets the connection then, before it looks at numbers. */
    boolean resetsStrays() {
        return plan.ending() == StreamPlan.Ending.CLOSE && manners.contains(Manner.STRAYS);
    }

    /** One line for people. */
    public String summary() {
        return (six ? "IPv6, " : "IPv4, ") + "a peer " + new TreeSet<>(manners) + ", " + variant + ", " + control
                + ", mtu " + mtu
                + ", " + offer
                + (hostOpens ? ", the host opens" : "")
                + ", " + plan
                + ", the peer ends by " + departure
                + (departAfter < Integer.MAX_VALUE ? " after " + departAfter + " bytes" : "")
                + ", from the host " + fromHost
                + ", from the peer " + fromPeer
                + (sysctls.isEmpty() ? "" : ", " + new TreeMap<>(sysctls))
                + (handOverEvery > 0 ? ", variant handed over every " + handOverEvery + " turns" : "")
                + (absentMillis > 0 ? ", variant absent for " + absentMillis + " ms" : "")
                + (switchEvery > 0 ? ", congestion control switched every " + switchEvery + " turns" : "");
    }
}
