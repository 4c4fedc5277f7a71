package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import joyride.api.admin.StackAdmin.SocketView;
import joyride.api.net.IpPrefix;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.TransportHost.Application;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelSocketsTest {
    private static final String HEADING = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt";

    @TempDir
    Path proc;

    private static String line(final int number, final String local, final String remote, final String state) {
        return "   0: " + local + " " + remote + " " + state + " 00000005:00000007 00:00000000 00000000  0  0 " + number
                + " 1 0000 20 0 0 10 -1";
    }

    /** A process with these descriptors, in a namespace with these sockets. */
    private void process(final String id, final List<Integer> sockets, final String... tcp) throws IOException {
        Files.createDirectories(proc.resolve(id + "/fd"));
        Files.createDirectories(proc.resolve(id + "/net"));
        Files.createDirectories(proc.resolve(id + "/ns"));
        Files.createSymbolicLink(proc.resolve(id + "/ns/net"), Path.of("net:[" + id + "]"));
        Files.createSymbolicLink(proc.resolve(id + "/fd/0"), Path.of("/dev/null"));
        for (final int socket : sockets) {
            Files.createSymbolicLink(proc.resolve(id + "/fd/" + (socket + 3)), Path.of("socket:[" + socket + "]"));
        }
        Files.writeString(proc.resolve(id + "/net/tcp"), HEADING + "\n" + String.join("\n", tcp) + "\n");
    }

    private static ProgramPolicy policy(final String... rules) {
        final Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < rules.length; i++) {
            values.put("policy." + (i + 1), rules[i]);
        }
        return new ProgramPolicy(
                PolicyParser.parse(values).apply(new Application("/usr/bin/curl", "curl", 0)),
                List.of(
                        new PolicyRule(IpPrefix.parse("127.78.0.0/16"), PolicyAction.KERNEL),
                        new PolicyRule(IpPrefix.parse("127.77.0.0/16"), PolicyAction.LOCAL)));
    }

    private Map<String, SocketView> views(final ProgramPolicy policy, final SocketView... joyride) {
        return new KernelSockets(proc)
                .of(List.of(new KernelSockets.Program(7, List.of("41", "42"), policy)), List.of(joyride)).stream()
                        .collect(Collectors.toMap(view -> view.local() + " " + view.remote(), view -> view));
    }

    @Test
    void shouldSayOfEachSocketWhyItIsTheKernels() throws IOException {
        process(
                "41",
                List.of(1, 2, 3, 4, 5),
                line(1, "00000000:1F90", "00000000:0000", "0A"), // *:8080 LISTEN
                line(2, "0100007F:C000", "0101000A:01BB", "01"), // to 10.0.1.1:443
                line(3, "01004D7F:C001", "01004D7F:0050", "01"), // to 127.77.0.1:80
                line(4, "01004D7F:1F90", "01004D7F:C009", "08"), // accepted at 8080
                line(5, "0100007F:C002", "01004E7F:0050", "02"), // to 127.78.0.1:80
                line(6, "0100007F:C003", "0101000A:01BB", "01")); // somebody else's
        final Map<String, SocketView> views = views(policy("address=10.0.0.0/8 port=443 -> kernel"));
        assertEquals(5, views.size());
        assertEquals(
                "it listened before Joyride could take it, or before the rules changed",
                views.get("*:8080 *:*").reason());
        final SocketView ruled = views.get("127.0.0.1:49152 10.0.1.1:443");
        assertEquals("rule policy.1 says kernel", ruled.reason());
        assertEquals("ESTABLISHED", ruled.state());
        assertEquals(7, ruled.receiveQueue());
        assertEquals(5, ruled.sendQueue());
        assertEquals("41", ruled.processes());
        assertEquals(7, ruled.instance());
        assertTrue(!ruled.accelerated());
        assertEquals(
                "nobody listened there over Joyride when it connected, or the rules changed since",
                views.get("127.77.0.1:49153 127.77.0.1:80").reason());
        assertEquals(
                "its peer came by the kernel's stack",
                views.get("127.77.0.1:8080 127.77.0.1:49161").reason());
        assertEquals(
                "policy.kernel for 127.78.0.0/16 says kernel",
                views.get("127.0.0.1:49154 127.78.0.1:80").reason());
    }

    @Test
    void shouldSayThatNoRouteOfJoyridesLeadsThere() throws IOException {
        process("41", List.of(2), line(2, "0100007F:C000", "0101000A:01BB", "01"));
        assertEquals(
                "no interface of Joyride's routes there",
                views(policy()).values().iterator().next().reason());
    }

    @Test
    void shouldNotShowTheTwinOfAListenerOfJoyrides() throws IOException {
        process("41", List.of(1), line(1, "00000000:1F90", "00000000:0000", "0A"));
        final SocketView listener =
                new SocketView(7, "tcp", "*:8080", "*:*", "LISTEN", "", "", 0, 0, 0, 0, true, "", "41");
        assertEquals(0, views(policy(), listener).size());
    }

    @Test
    void shouldNameAllProcessesThatHoldASocket() throws IOException {
        process("41", List.of(2), line(2, "0100007F:C000", "0101000A:01BB", "01"));
        process("42", List.of(2), line(2, "0100007F:C000", "0101000A:01BB", "01"));
        final Map<String, SocketView> views = views(policy());
        assertEquals(1, views.size());
        assertEquals("41,42", views.values().iterator().next().processes());
    }

    @Test
    void shouldSayWhatItCannotSee() throws IOException {
        Files.createDirectories(proc.resolve("41"));
        final SocketView view = views(policy()).values().iterator().next();
        assertEquals(
                "what process 41 has in the kernel cannot be seen: the service may not read /proc/41/fd",
                view.reason());
    }

    /** The system's own tables, so that the format above is not an invention. */
    @Test
    void shouldFindThisProcessesOwnConnection() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
                Socket client = new Socket("127.0.0.1", server.getLocalPort());
                Socket accepted = server.accept()) {
            final String own = Long.toString(ProcessHandle.current().pid());
            final Map<String, SocketView> views = new KernelSockets(Path.of("/proc"))
                    .of(List.of(new KernelSockets.Program(1, List.of(own), policy())), List.of()).stream()
                            .collect(Collectors.toMap(
                                    view -> view.protocol() + view.local() + view.remote(), view -> view, (a, b) -> a));
            final String near = "127.0.0.1:" + client.getLocalPort();
            final String far = "127.0.0.1:" + server.getLocalPort();
            // Java's sockets are IPv6's, with mapped addresses.
            assertEquals(
                    "no interface of Joyride's routes there",
                    views.get("tcp" + near + far).reason());
            assertEquals(
                    "its peer came by the kernel's stack",
                    views.get("tcp" + far + near).reason());
            assertTrue(accepted.isConnected());
        }
    }
}
