package joyride.core.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of RFC 6724 §10.1 that have to do with one interface, and more. */
class SourceSelectionTest {
    @ParameterizedTest
    @CsvSource({
        "2001:db8:1::1, 2001:db8:3::1/64 fe80::1/64, 2001:db8:3::1",
        "ff05::1, 2001:db8:3::1/64 fe80::1/64, 2001:db8:3::1",
        "fe80::1, fe80::2/64 2001:db8:1::1/64, fe80::2",
        "2001:db8:1::1, 2001:db8:1::2/64 2001:db8:3::2/64, 2001:db8:1::2",
        "2001:db8:1::1, 2001:db8:1::2/64 2001:db8:1::1/64, 2001:db8:1::1",
        "2001:db8:1::1, 2001:db8:2::2/64 2001:db8:1::2/32, 2001:db8:2::2",
        "fe80::1, 2001:db8:1::1/64 fe80::2/64, fe80::2",
        "2001:db8:1::1, fe80::1/64 2001:db8:3::1/64, 2001:db8:3::1",
        "fd00::1, 2001:db8:1::2/64 fd12::2/64, fd12::2",
        "2002:c633:6401::1, 2002:c633:6401::d5e3:7953:13eb:22e8/64 2001:db8:1::2/64,"
                + " 2002:c633:6401::d5e3:7953:13eb:22e8",
        "2001:db8:1::1, 10.0.0.1/24 2001:db8:1::2/64, 2001:db8:1::2",
    })
    void shouldChooseWhatTheRulesSayWhenThereAreSeveral(final String to, final String own, final String chosen) {
        try (Rig rig = new Rig()) {
            for (final String prefix : own.split(" ")) {
                rig.ethernet.addresses().add(IpPrefix.parse(prefix));
            }
            final IpAddress destination = IpAddress.parse(to);
            assertEquals(
                    IpAddress.parse(chosen),
                    SourceSelection.choose(rig.ethernet, destination.high(), destination.low())
                            .address());
        }
    }
}
