package joyride.core.share;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import joyride.api.net.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WildcardsTest {
    /** "six" is :: of a socket with IPV6_V6ONLY. */
    private static IpAddress address(final String text) {
        return text.equals("six") ? new IpAddress(Wildcards.IPV6_ALONE, 0) : IpAddress.parse(text);
    }

    @ParameterizedTest
    @CsvSource({
        "::, 192.0.2.1, true",
        "::, 2001:db8::1, true",
        "0.0.0.0, 192.0.2.1, true",
        "0.0.0.0, 2001:db8::1, false",
        "six, 192.0.2.1, false",
        "six, 2001:db8::1, true",
        "2001:db8::1, 2001:db8::1, true",
        "2001:db8::1, 2001:db8::2, false",
        "2001:db8::, 2001:db8::2, false",
        "fe80::1%1, fe80::1%2, false",
        "::, six, true",
    })
    void shouldCoverWhatLinuxWouldGiveTheSocket(final String bound, final String asked, final boolean covers) {
        final IpAddress a = address(bound);
        final IpAddress b = address(asked);
        assertEquals(covers, Wildcards.covers(a.high(), a.low(), b.high(), b.low()));
    }

    @ParameterizedTest
    @CsvSource({
        "::, 0.0.0.0, true",
        "::, six, true",
        "six, 0.0.0.0, false",
        "six, 192.0.2.1, false",
        "0.0.0.0, 192.0.2.1, true",
        "0.0.0.0, 2001:db8::1, false"
    })
    void shouldConflictWhereLinuxSaysInUse(final String one, final String other, final boolean conflict) {
        final IpAddress a = address(one);
        final IpAddress b = address(other);
        assertEquals(conflict, Wildcards.overlap(a.high(), a.low(), b.high(), b.low()));
        assertEquals(conflict, Wildcards.overlap(b.high(), b.low(), a.high(), a.low()));
    }

    @Test
    void shouldTellWildcardsFromAddresses() {
        assertTrue(Wildcards.isWildcard(0, 0));
        assertTrue(Wildcards.isWildcard(Wildcards.IPV6_ALONE, 0));
        assertTrue(Wildcards.isWildcard(0, IpAddress.ANY_V4.low()));
        assertFalse(Wildcards.isWildcard(IpAddress.parse("2001:db8::").high(), 0));
        assertFalse(Wildcards.isWildcard(0, 1));
    }
}
