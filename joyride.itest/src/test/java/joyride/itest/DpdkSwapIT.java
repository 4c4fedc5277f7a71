package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import javax.inject.Inject;
import joyride.api.admin.StackAdmin;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.SwapScope;
import joyride.testkit.nic.TapCommands;
import joyride.testkit.nic.ThreadNamespace;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.service.cm.ConfigurationAdmin;

/**
 * One NIC passes between AF_XDP and DPDK in a framework, while connections to the kernel at its other end carry data: not one of them notices. In
 * a network namespace of the framework's own, with a veth pair in it: the kernel is 10.9.0.1 on {@code far}, Joyride 10.9.0.2 on {@code near}.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class DpdkSwapIT {
    private static final String KERNEL = "10.9.0.1";
    private static final String OURS = "10.9.0.2";
    private static final int PORT = 7007;
    private static final int CLIENTS = 20;

    @Inject
    private BundleContext context;

    @Inject
    private StackAdmin admin;

    @Inject
    private ConfigurationAdmin configurations;

    private ServerSocket server;
    private Traffic traffic;

    /** The framework under test: its threads are in the namespace, since the thread that starts it is. */
    @Configuration
    public Option[] configuration() throws IOException, InterruptedException {
        if (ThreadNamespace.enter() == null) {
            ThreadNamespace.ip("link add near type veth peer name far");
            ThreadNamespace.ip("link set near up");
            ThreadNamespace.ip("link set far up");
            ThreadNamespace.ip("addr add " + KERNEL + "/24 dev far");
            // A veth hands over checksums that are not computed yet.
            ThreadNamespace.command("ethtool -K far tx off");
            // So net_tap serves the same NIC.
            for (String line : TapCommands.lines("near", OURS)) {
                ThreadNamespace.command(line);
            }
        }
        return Service.options();
    }

    @Before
    public void startServer() throws Exception {
        assumeTrue(
                "needs root for a network namespace",
                System.getProperty("user.name").equals("root"));
        assertNotNull("the framework is not in the namespace that was made for it", NetworkInterface.getByName("near"));
        assumeTrue("DPDK is not installed: apt-get install librte-meta-all", hasDpdk());
        server = new ServerSocket(PORT, 100, InetAddress.getByName(KERNEL));
        Thread.ofPlatform().daemon().name("echo").start(this::accept);
        Dictionary<String, Object> eal = new Hashtable<>();
        eal.put("memory.mib", "128");
        eal.put("hugepages", "off");
        configurations.getConfiguration("joyride.nic.dpdk", "?").update(eal);
    }

    /** Twenty clients over Joyride talk to the echo server, at first by AF_XDP. @param dpdk the NIC's settings for the driver dpdk */
    private void startLoad(Map<String, String> dpdk) throws Exception {
        Dictionary<String, Object> core = new Hashtable<>();
        core.put("interface.nic0.driver", "afxdp");
        core.put("interface.nic0.device", "near");
        core.put("interface.nic0.addresses", OURS + "/24");
        dpdk.forEach((key, value) -> core.put("interface.nic0.driver.dpdk." + key, value));
        configurations.getConfiguration("joyride.core", "?").update(core);
        long deadline = System.currentTimeMillis() + 60_000;
        while (admin.interfaces().stream()
                .noneMatch(view -> view.name().equals("nic0") && view.driver().equals("afxdp") && view.up())) {
            assertTrue("the NIC is not served: " + admin.interfaces(), System.currentTimeMillis() < deadline);
            Thread.sleep(5);
        }
        traffic = new Traffic(context, admin, "load", new LoadTransport(OURS, KERNEL, PORT, CLIENTS), CLIENTS);
        traffic.flows("at first");
    }

    private static boolean hasDpdk() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("/usr/lib"), 2)) {
            return files.anyMatch(file -> file.getFileName().toString().matches("librte_ethdev\\.so\\.2[345]"));
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Thread.ofVirtual().start(() -> echo(client));
            }
        } catch (IOException e) {
            // closed: the test is over
        }
    }

    private static void echo(Socket client) {
        try (client) {
            client.setTcpNoDelay(true);
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // the client notices
        }
    }

    /** Every connection lived through it all. */
    @After
    public void everyConnectionIsWhole() throws IOException {
        if (traffic != null) {
            traffic.whole();
            traffic.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private InterfaceView nic0() {
        return admin.interfaces().stream()
                .filter(view -> view.name().equals("nic0"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    public void thereAndBackFromTheConsole() throws Exception {
        startLoad(Map.of());
        thereAndBack("net_af_packet_near, DPDK");
    }

    @Test
    public void thereAndBackByATap() throws Exception {
        byte[] address = NetworkInterface.getByName("near").getHardwareAddress();
        startLoad(TapCommands.settings(HexFormat.ofDelimiter(":").formatHex(address)));
        thereAndBack("net_tap0, DPDK");
    }

    private void thereAndBack(String mode) throws Exception {
        for (int i = 0; i < 3; i++) {
            admin.swap("nic", "dpdk", SwapScope.ofInterface("nic0"));
            assertEquals("dpdk", nic0().driver());
            assertTrue(nic0().mode(), nic0().mode().startsWith(mode));
            traffic.flows("by DPDK");
            admin.swap("nic", "afxdp", SwapScope.ofInterface("nic0"));
            assertEquals("afxdp", nic0().driver());
            traffic.flows("by AF_XDP");
        }
    }

    @Test
    public void updateOfTheDriversBundleWhileItServes() throws Exception {
        startLoad(Map.of());
        admin.swap("nic", "dpdk", SwapScope.ALL);
        traffic.flows("by DPDK");
        Bundle bundle = Stream.of(context.getBundles())
                .filter(candidate -> candidate.getSymbolicName().equals("joyride.nic.dpdk"))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < 2; i++) {
            try (InputStream jar = Files.newInputStream(Service.jar("joyride.nic.dpdk"))) {
                bundle.update(jar);
            }
            traffic.until("DPDK serves again", () -> nic0().up());
            traffic.flows("after update " + i);
        }
        admin.swap("nic", "afxdp", SwapScope.ALL);
        traffic.flows("by AF_XDP");
    }
}
