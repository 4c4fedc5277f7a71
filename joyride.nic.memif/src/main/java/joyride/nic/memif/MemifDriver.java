package joyride.nic.memif;

import java.lang.foreign.Arena;
import java.security.SecureRandom;
import joyride.api.net.MacAddress;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.linux.Epoll;
import joyride.linux.EventFd;
import org.osgi.service.component.annotations.Component;

/**
 * The driver {@code memif}: a link to another process by memory that both share. It speaks memif 2.0, as DPDK's net_memif, VPP and libmemif do, and needs none of
 * them. What is sent is made in the shared memory itself; what is received is copied out of it once, and summed meanwhile.
 * Between two ends that both say so, units of up to 64 KiB of TCP pass in one piece, and no checksum is made.
 */
@Component(service = NicDriver.class, property = NicDriver.TYPE + "=memif")
public final class MemifDriver implements NicDriver {
    private static final int MAC_BYTES = 6;

    @Override
    public NicPort open(final NicConfiguration configuration) throws NicException {
        final MemifSettings settings = MemifSettings.of(configuration);
        final Arena arena = Arena.ofShared();
        final MemifCounts counts = new MemifCounts();
        final EventFd control = new EventFd();
        final Epoll wake = new Epoll();
        wake.add(control.descriptor(), Epoll.IN, 0);
        final MemifQueue queue = new MemifQueue(
                System::nanoTime,
                counts,
                arena,
                settings.mtu() + MemifSettings.HEADERS,
                settings.offload(),
                wake.descriptor(),
                control.descriptor());
        final Conversation conversation =
                new Conversation(configuration.name(), settings, queue, counts, configuration.events(), wake, control);
        final MemifPort port = new MemifPort(
                configuration.name(),
                settings,
                settings.mac() == null ? ownMac() : settings.mac(),
                arena,
                counts,
                queue,
                conversation);
        try {
            port.start();
            return port;
        } catch (final NicException e) {
            port.close();
            throw e;
        }
    }

    /** Locally administered, of one station. */
    private static MacAddress ownMac() {
        final byte[] bytes = new byte[MAC_BYTES];
        new SecureRandom().nextBytes(bytes);
        long mac = 0;
        for (final byte one : bytes) {
            mac = mac << 8 | one & 0xff;
        }
        return new MacAddress(mac & ~(1L << 40) | 1L << 41);
    }

    @Override
    public void rehearse() {
        Rehearsal.run();
    }
}
