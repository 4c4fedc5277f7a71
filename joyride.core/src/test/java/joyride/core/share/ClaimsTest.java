package joyride.core.share;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import joyride.api.net.IpAddress;
import org.junit.jupiter.api.Test;

class ClaimsTest {
    private static final long A = IpAddress.lowOfV4(0xc0000201);
    private static final long B = IpAddress.lowOfV4(0xc0000202);
    private static final long OTHER = IpAddress.lowOfV4(0x7f4d0001);
    private static final long ANY = IpAddress.ANY_V4.low();
    private static final int TCP = Claims.TCP;

    private final Claims claims = new Claims();
    private final FakeSink sink = new FakeSink();

    private static long[] range(final int... ports) {
        final long[] bits = new long[1024];
        for (final int port : ports) {
            bits[port >> 6] |= 1L << port;
        }
        return bits;
    }

    @Test
    void shouldClaimFromTheFirstHolderUntilTheLastIsGone() {
        claims.add(0, A, range(), sink);
        claims.hold(0, A, TCP, 80);
        claims.hold(0, A, TCP, 80);
        assertEquals(Set.of("192.0.2.1 6 80"), sink.claimed);
        claims.letGo(0, A, TCP, 80);
        assertTrue(claims.answers(0, A, TCP, 80));
        claims.letGo(0, A, TCP, 80);
        assertEquals(Set.of(), sink.claimed);
        assertEquals(2, sink.calls);
        assertFalse(claims.answers(0, A, TCP, 80));
    }

    @Test
    void shouldBeInUseWhileSomebodyHasThisVeryAddress() {
        claims.add(0, A, range(), sink);
        claims.hold(0, ANY, TCP, 80);
        assertFalse(claims.inUse(0, A), "a listener of all addresses does not need this one");
        claims.hold(0, A, TCP, 80);
        assertTrue(claims.inUse(0, A));
        claims.letGo(0, ANY, TCP, 80);
        assertTrue(claims.inUse(0, A));
        claims.letGo(0, A, TCP, 80);
        assertFalse(claims.inUse(0, A));
        assertFalse(claims.inUse(0, B), "not shared");
    }

    @Test
    void shouldNotTellTheKernelOfPortsOfTheRange() {
        claims.range(50000, 50001);
        claims.add(0, A, range(50000), sink);
        claims.hold(0, A, TCP, 50000);
        claims.letGo(0, A, TCP, 50000);
        assertEquals(0, sink.calls);
        assertTrue(claims.answers(0, A, TCP, 50000));
        assertTrue(claims.inRange(0, A, 50000));
        assertFalse(claims.inRange(0, A, 50001), "a port that the kernel had when the range was taken");
        assertFalse(claims.answers(0, A, Claims.UDP, 50000));
    }

    @Test
    void shouldClaimOnEverySharedAddressWhenBoundToAll() {
        claims.add(0, A, range(), sink);
        claims.hold(0, ANY, TCP, 80);
        claims.hold(0, 0, TCP, 443);
        claims.hold(0, OTHER, TCP, 8080);
        claims.add(0, B, range(), sink);
        assertEquals(Set.of("192.0.2.1 6 80", "192.0.2.1 6 443"), sink.claimed);
        assertTrue(claims.answers(0, OTHER, TCP, 1), "not shared: everything is answered");
    }

    @Test
    void shouldClaimWhatIsHeldAlreadyWhenAnAddressComesToBeShared() {
        claims.holders(holder -> {
            holder.holds(0, A, TCP, 80);
            holder.holds(0, OTHER, TCP, 81);
        });
        claims.holders(holder -> holder.holds(0, ANY, Claims.UDP, 53));
        claims.add(0, A, range(), sink);
        assertEquals(Set.of("192.0.2.1 6 80", "192.0.2.1 17 53"), sink.claimed);
        claims.letGo(0, A, TCP, 80);
        assertEquals(Set.of("192.0.2.1 17 53"), sink.claimed);
        claims.remove(0, A);
        assertEquals(Set.of(), sink.claimed);
        assertTrue(claims.isEmpty());
    }

    @Test
    void shouldAgreeWithASetOfHoldersWhenManyComeAndGo() {
        final Random random = new Random(7);
        final long[] addresses = {A, B, ANY, 0, OTHER};
        final List<long[]> held = new ArrayList<>();
        claims.holders(holder -> held.forEach(h -> holder.holds(0, h[0], (int) h[1], (int) h[2])));
        final Map<Long, Boolean> shared = new HashMap<>();
        for (int i = 0; i < 20_000; i++) {
            final int dice = random.nextInt(100);
            if (dice < 2) {
                final long address = random.nextBoolean() ? A : B;
                if (shared.getOrDefault(address, false)) {
                    claims.remove(0, address);
                    shared.put(address, false);
                } else {
                    claims.add(0, address, range(5), sink);
                    shared.put(address, true);
                }
            } else if (dice < 52 || held.isEmpty()) {
                final long[] h = {
                    addresses[random.nextInt(addresses.length)],
                    random.nextBoolean() ? TCP : Claims.UDP,
                    random.nextInt(8)
                };
                claims.hold(0, h[0], (int) h[1], (int) h[2]);
                held.add(h);
            } else {
                final long[] h = held.remove(random.nextInt(held.size()));
                claims.letGo(0, h[0], (int) h[1], (int) h[2]);
            }
            if (i % 100 == 0) {
                assertEquals(expected(held, shared), sink.claimed, "after step " + i);
            }
        }
    }

    private static TreeSet<String> expected(final List<long[]> held, final Map<Long, Boolean> shared) {
        final TreeSet<String> expected = new TreeSet<>();
        shared.forEach((address, is) -> {
            for (final long[] h : held) {
                final boolean covers = h[0] == address || h[0] == ANY || h[0] == 0;
                if (is && covers && !(h[1] == TCP && h[2] == 5)) {
                    expected.add(new IpAddress(0, address) + " " + h[1] + " " + h[2]);
                }
            }
        });
        return expected;
    }
}
