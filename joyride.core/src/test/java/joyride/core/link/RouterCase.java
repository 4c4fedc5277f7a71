package joyride.core.link;

import java.util.List;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.core.ip.Rig;

/** A link with routers on it. */
abstract class RouterCase {
    static final IpAddress ROUTER = IpAddress.parse("fe80::f");
    static final IpAddress OTHER = IpAddress.parse("fe80::e");
    static final IpAddress FAR = IpAddress.parse("2001:db8:ffff::1");
    static final int ON_LINK = 0x80;
    static final int AUTONOMOUS = 0x40;

    /** An interface that makes its addresses and routes of what routers say. */
    static Rig configured() {
        final Rig rig = new Rig();
        rig.ethernet.nd().autoconfigure(true);
        rig.sleep(5_000);
        return rig;
    }

    /** The addresses that it made. */
    static List<IpPrefix> made(final Rig rig) {
        return rig.ethernet.addresses().stream()
                .filter(p -> !p.address().isV4() && !p.address().isLinkLocal())
                .toList();
    }
}
