package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import joyride.nic.wire.Faults;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Laboratory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The variant rack where other tests have the default one: over a device of DPDK's and a cable with faults, and its pace on a cable without, by the times at which the stranger's kernel got the
 * frames. AF_XDP and af_packet are {@link NicFaultIT}'s, memif is {@link TwoServicesIT}'s.
 */
@Timeout(300)
final class RackIT {
    private static final int WEB = 8080;
    private static final int SIZE = 1_000_000;
    private static final Duration LIMIT = Duration.ofSeconds(120);
    private static final long MILLI = 1_000_000L;

    /** Bytes a second that the pace is held to, slow for any machine: a full segment every 3.6 ms. */
    private static final int RATE = 400_000;

    private static final int PACED_SIZE = 800_000;
    private static final int SEGMENT = 1448;

    /** Packets are counted over such times. */
    private static final long SPAN = 50 * MILLI;

    /** Writes the time, ns, and the bytes of data of each frame that comes from a TCP port, until it has seen so many bytes or FIN. */
    private static final String CAPTURE = """
            import socket, struct, sys
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            s.setsockopt(socket.SOL_SOCKET, 35, 1)
            s.bind((sys.argv[1], 0))
            s.settimeout(100)
            print('listening', flush=True)
            fin = False
            while not fin:
                frame, extra, flags, sender = s.recvmsg(70000, 256)
                if sender[2] == 4 or frame[23] != 6:
                    continue
                port, = struct.unpack('!H', frame[34:36])
                if port != int(sys.argv[2]):
                    continue
                total, = struct.unpack('!H', frame[16:18])
                data = total - 20 - (frame[46] >> 4) * 4
                fin = frame[47] & 1
                seconds, nanos = struct.unpack('qq', extra[0][2][:16])
                print(seconds * 1000000000 + nanos, data)
            """;

    @Test
    void shouldCarryEveryByteOverDpdkWhenFramesSufferAnything(@TempDir final Path folder) throws Exception {
        final TwoHosts.Setup setup = new TwoHosts.Setup("dpdk", false);
        Setups.needs(setup);
        Setups.needsDpdk();
        Machine.needs("nginx", "curl", "ethtool");
        try (TwoHosts hosts = TwoHosts.withWire(setup)) {
            final World joyride = hosts.joyride();
            Files.writeString(joyride.folder("etc").resolve("joyride.nic.dpdk.cfg"), "memory.mib=128\nhugepages=off\n");
            final String key = "interface." + Laboratory.OURS + ".";
            joyride.start(hosts.configuration() + key + "device=net_af_packet0\n" + key + "arguments=iface="
                    + Laboratory.OURS + "\n");
            hosts.awaitUp();
            joyride.service().shell("swap tcp rack");
            final Nginx ours = Nginx.start(joyride, hosts.address(), WEB);
            ours.file("file", SIZE);
            final Nginx theirs = Nginx.start(hosts.stranger(), TwoHosts.STRANGER, WEB);
            theirs.file("file", SIZE);
            suffers(hosts, ours, theirs, folder, "lost", Faults.NONE.withLoss(0.01, 3));
            suffers(hosts, ours, theirs, folder, "reordered", Faults.NONE.withReordering(0.05, 2 * MILLI));
            suffers(hosts, ours, theirs, folder, "duplicated", Faults.NONE.withDuplication(0.05));
            suffers(hosts, ours, theirs, folder, "corrupted", Faults.NONE.withCorruption(0.005));
            suffers(hosts, ours, theirs, folder, "delivered", Faults.NONE.withDelay(10 * MILLI, 2 * MILLI));
        }
    }

    private static void suffers(
            final TwoHosts hosts,
            final Nginx ours,
            final Nginx theirs,
            final Path folder,
            final String how,
            final Faults faults)
            throws Exception {
        hosts.laboratory().faults(faults, how.hashCode());
        final Carried carried = Carried.from(hosts.joyride());
        fetch(hosts.stranger(), ours, folder.resolve("served-" + how));
        fetch(hosts.joyride(), theirs, folder.resolve("fetched-" + how));
        carried.check(SIZE, SIZE);
        final String report = hosts.laboratory().report();
        assertTrue(Pattern.compile(how + " [1-9]").matcher(report).find(), report);
    }

    private static void fetch(final Host client, final Nginx server, final Path copy) throws Exception {
        client.run(LIMIT, "curl", "-sSf", "-o", copy.toString(), server.url("file"))
                .checked("curl");
        assertEquals(Bytes.hash(server.root().resolve("file")), Bytes.hash(copy), server.url("file"));
    }

    /** However slow the machine, paced data is never bunched; without a pace the first window alone is. */
    @Test
    void shouldSpreadDataOverTimeWhenItIsPaced(@TempDir final Path folder) throws Exception {
        final TwoHosts.Setup setup = new TwoHosts.Setup("afxdp", false);
        Setups.needs(setup);
        Machine.needs("nginx", "curl", "ethtool", "python3");
        try (TwoHosts hosts = TwoHosts.create(setup).start()) {
            final World joyride = hosts.joyride();
            joyride.service().shell("swap tcp rack");
            final long bunched = most(captured(hosts, server(hosts, WEB), folder, "unpaced"));
            // What a new instance begins with: the server's own.
            joyride.service().shell("sysctl net.inet.tcp.rack.pacing.rate_cap=" + RATE);
            joyride.service().shell("sysctl net.inet.tcp.rack.use_pacing=1");
            final List<long[]> paced = captured(hosts, server(hosts, WEB + 1), folder, "paced");
            // What one segment more at either end of the time, and clocks of 10 us, allow.
            final long allowed = RATE * SPAN / 1_000_000_000L * 11 / 10 + 2 * SEGMENT;
            final long most = most(paced);
            assertTrue(most <= allowed, most + " bytes within 50 ms, more than " + allowed);
            assertTrue(bunched > allowed, "without a pace no more than " + bunched + " bytes came within 50 ms");
            final double seconds = (paced.getLast()[0] - paced.getFirst()[0]) / 1e9;
            assertTrue(seconds >= 0.9 * PACED_SIZE / RATE, seconds + " s for " + PACED_SIZE + " bytes");
        }
    }

    private static Nginx server(final TwoHosts hosts, final int port) throws Exception {
        final Nginx server = Nginx.start(hosts.joyride(), hosts.address(), port);
        server.file("file", PACED_SIZE);
        return server;
    }

    /** Times and bytes of the frames with data of one download, as the stranger's kernel got them. */
    private static List<long[]> captured(final TwoHosts hosts, final Nginx server, final Path folder, final String name)
            throws Exception {
        final Program capture = hosts.stranger()
                .launch(
                        "capture-" + name,
                        "python3",
                        "-c",
                        CAPTURE,
                        Laboratory.THEIRS,
                        Integer.toString(server.port()));
        capture.await("it listens", LIMIT, () -> capture.output().contains("listening"));
        final Carried carried = Carried.from(hosts.joyride());
        fetch(hosts.stranger(), server, folder.resolve(name));
        carried.check(0, PACED_SIZE);
        capture.await("it saw the end", LIMIT, () -> !capture.isAlive());
        final List<long[]> frames = new ArrayList<>();
        for (final String line : capture.output().lines().toList()) {
            final String[] words = line.split(" ");
            if (words.length == 2 && !words[1].equals("0")) {
                frames.add(new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])});
            }
        }
        final long bytes = frames.stream().mapToLong(frame -> frame[1]).sum();
        assertTrue(bytes >= PACED_SIZE, bytes + " bytes captured: " + capture.output());
        return frames;
    }

    /** The most bytes of any {@link #SPAN}. */
    private static long most(final List<long[]> frames) {
        long most = 0;
        long bytes = 0;
        int first = 0;
        for (final long[] frame : frames) {
            bytes += frame[1];
            while (frame[0] - frames.get(first)[0] > SPAN) {
                bytes -= frames.get(first++)[1];
            }
            most = Math.max(most, bytes);
        }
        return most;
    }
}
