package joyride.nic.dpdk;

import java.util.concurrent.locks.LockSupport;
import joyride.api.nic.NicException;
import joyride.linux.NetworkDevice;

/**
 * What net_af_xdp asks for, which takes a device alone. It is not tried where it must fail: then it goes on to use what it freed (DPDK 22.11). The
 * caller holds {@link Eal#lock}.
 */
final class Exclusive {
    /** The kernel lets go of a queue only milliseconds after its last socket was closed. */
    private static final long LETS_GO_NANOS = 100_000_000;

    private Exclusive() {}

    /** @throws NicException busy: somebody's XDP program is attached to the device, perhaps that of the port in service */
    static void check(final NetworkDevice device) throws NicException {
        if (XdpProgram.attached(device)) {
            throw NicException.busy("another XDP program is attached to " + device.name()
                    + ", and net_af_xdp takes the device alone; stop what holds it, or set pmd=af_packet");
        }
        LockSupport.parkNanos(LETS_GO_NANOS);
    }
}
