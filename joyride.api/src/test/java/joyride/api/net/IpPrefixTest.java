package joyride.api.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IpPrefixTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, 192.0.2.1, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "::/0, 2001:db8::1, true",
        "::/0, 192.0.2.1, false",
        "::/1, 192.0.2.1, false",
        "::/0, ::1, true",
        "2001:db8::/64, 2001:db8::ffff:1, true",
        "2001:db8::/64, 2001:db8:0:1::1, false",
        "2001:db8::/65, 2001:db8::8000:0:0:1, false",
        "2001:db8::/127, 2001:db8::1, true",
        "2001:db8::/128, 2001:db8::1, false",
        "fe80::%3/64, fe80::1%3, true",
        "fe80::%3/64, fe80::1%4, false",
    })
    void shouldContainAddressesOfItsFamilyAloneWhenTheirBitsAreTheSame(
            final String prefix, final String address, final boolean is) {
        final IpAddress asked = IpAddress.parse(address);
        assertEquals(is, IpPrefix.parse(prefix).contains(asked));
        assertEquals(is, IpPrefix.parse(prefix).contains(asked.high(), asked.low()));
    }
}
