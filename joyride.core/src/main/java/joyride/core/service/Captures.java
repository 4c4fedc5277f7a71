package joyride.core.service;

import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import joyride.api.admin.AdminException;
import joyride.core.ip.NetworkLayer;
import joyride.core.link.LinkInterface;
import joyride.core.link.PcapTap;

/** Packet captures to files, one for each interface at a time. On configuration threads. */
final class Captures {
    private static final System.Logger LOG = System.getLogger(Captures.class.getName());

    private final Stack stack;
    private final Map<String, Capture> running = new HashMap<>();

    private record Capture(PcapTap tap, String file) {}

    Captures(final Stack stack) {
        this.stack = stack;
    }

    synchronized void start(final String interfaceName, final String file, final long packets) {
        final NetworkLayer network = stack.engine().network();
        final LinkInterface link = stack.calls().call("capture", () -> network.find(interfaceName));
        if (link == null) {
            throw new AdminException("there is no interface '" + interfaceName + "'; joyride:interfaces lists them");
        }
        if (running.containsKey(interfaceName)) {
            throw new AdminException("a capture runs on " + interfaceName + " already; stop it first");
        }
        final PcapTap tap;
        try {
            final long epochOffset = System.currentTimeMillis() * 1_000_000L - System.nanoTime();
            tap = new PcapTap(
                    Path.of(file),
                    link.pcapLinkType(),
                    epochOffset,
                    packets,
                    e -> LOG.log(
                            System.Logger.Level.WARNING,
                            incomplete(interfaceName, file, e) + "; no more packets are captured there"));
        } catch (final IOException | InvalidPathException e) {
            throw new AdminException("capture file '" + file + "' cannot be written: " + e.getMessage());
        }
        stack.calls().run("capture", () -> network.tap(link, tap));
        running.put(interfaceName, new Capture(tap, file));
    }

    synchronized long stop(final String interfaceName) {
        final Capture capture = running.remove(interfaceName);
        if (capture == null) {
            throw new AdminException("no capture runs on interface '" + interfaceName + "'");
        }
        final NetworkLayer network = stack.engine().network();
        stack.calls().run("capture", () -> network.tap(network.find(interfaceName), null));
        try {
            capture.tap.close();
        } catch (final IOException e) {
            throw new AdminException(incomplete(interfaceName, capture.file, e));
        }
        return capture.tap.packets();
    }

    private static String incomplete(final String interfaceName, final String file, final IOException why) {
        return "the capture of " + interfaceName + " to " + file + " is incomplete: " + why.getMessage();
    }

    synchronized void close() {
        for (final String name : java.util.List.copyOf(running.keySet())) {
            try {
                stop(name);
            } catch (final AdminException e) {
                LOG.log(System.Logger.Level.WARNING, e.getMessage());
            }
        }
    }
}
