package joyride.api.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "::, ::",
        "::1, ::1",
        "2001:0DB8:0:0:0:0:0:1, 2001:db8::1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "fe80:0:0:0:0:0:0:0, fe80::",
        "fe80::1, fe80::1",
        "fe80::1%7, fe80::1%7",
        "1:0:0:2:3:4:5:6, 1::2:3:4:5:6",
        "0:0:1:2:3:4:5:0, ::1:2:3:4:5:0",
    })
    void shouldWriteItAsRfc5952SaysWhenParsed(final String text, final String written) {
        assertEquals(written, IpAddress.parse(text).toString());
        assertEquals(IpAddress.parse(text), IpAddress.parse(written));
    }

    @Test
    void shouldKeepTheZoneApartFromTheAddressWhenLinkLocal() {
        final IpAddress address = IpAddress.parse("fe80::1%7");
        assertEquals(7, address.zone());
        assertEquals(IpAddress.parse("fe80::1"), address.inZone(0));
        assertEquals(0, IpAddress.parse("2001:db8::1").inZone(7).zone());
    }

    @ParameterizedTest
    @ValueSource(strings = {"fe80::1%", "fe80::1%0", "fe80::1%70000", "2001:db8::1%1", "fe80::1%eth0", "host", ""})
    void shouldRefuseWhenItIsNoAddress(final String text) {
        assertThrows(IllegalArgumentException.class, () -> IpAddress.parse(text));
    }
}
