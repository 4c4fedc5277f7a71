package joyride.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import javax.inject.Inject;
import joyride.itest.bundles.BadComponent;
import joyride.itest.bundles.GoodComponent;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;

/** The shell in the real framework: its socket, its commands, and what they do to bundles. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ShellIT {
    private static final int GREETING = 'H';
    private static final int COMMAND = 'C';
    private static final int STATUS = 'S';

    @Inject
    private BundleContext context;

    /** The framework under test. */
    @Configuration
    public Option[] configuration() {
        return Service.options();
    }

    private record Answer(int status, String text) {}

    private Answer run(final String line) throws IOException {
        Path socket = Path.of(context.getProperty("joyride.run")).resolve("shell.sock");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
            DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
            send(out, GREETING, "1 0 /");
            send(out, COMMAND, line);
            StringBuilder text = new StringBuilder();
            while (true) {
                int type = in.readUnsignedByte();
                String frame = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
                if (type == STATUS) {
                    return new Answer(Integer.parseInt(frame), text.toString());
                }
                text.append(type == GREETING ? "" : frame);
            }
        }
    }

    private static void send(final DataOutputStream out, final int type, final String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeByte(type);
        out.writeInt(bytes.length);
        out.write(bytes);
        out.flush();
    }

    @Test
    public void everyCommandIsThere() throws IOException {
        String help = run("help").text();
        for (String command :
                "interfaces routes neighbours instances sockets variants swap sysctl stats drops pcap status update"
                        .split(" ")) {
            assertTrue(command + " in " + help, help.contains("\n" + command + " "));
        }
        assertFalse(help, help.contains("felix:"));
        assertTrue(run("help -a").text().contains("\nfelix:lb"));
    }

    @Test
    public void viewsAnswer() throws IOException {
        for (String command :
                "interfaces routes neighbours instances sockets variants sysctl stats drops status".split(" ")) {
            Answer answer = run("joyride:" + command);
            assertEquals(command + ": " + answer.text(), 0, answer.status());
        }
        assertTrue(run("interfaces | grep lo0").text().contains("127.77.0.1/16"));
    }

    @Test
    public void helpExplainsOptions() throws IOException {
        assertTrue(run("help update").text().contains("keeps the old one if the new one fails"));
        assertTrue(run("help lb").text().contains("scope: felix"));
        String help = run("help sockets").text();
        assertTrue(help, help.contains("--kernel") && help.contains("not accelerated"));
    }

    @Test
    public void aBundleIsNamedByItsSymbolicName() throws IOException {
        Answer answer = run("update joyride.tcp.cc");
        assertEquals(answer.text(), 0, answer.status());
        assertTrue(
                answer.text(),
                answer.text().startsWith("joyride.tcp.cc ") && answer.text().contains(" updated in "));
        assertEquals(0, run("stop joyride.tcp.cc").status());
        assertEquals(Bundle.RESOLVED, bundle("joyride.tcp.cc").getState());
        assertEquals(0, run("start joyride.tcp.cc").status());
        assertEquals(Bundle.ACTIVE, bundle("joyride.tcp.cc").getState());
    }

    @Test
    public void anUpdateWhoseComponentFailsIsTakenBack() throws Exception {
        Bundle bundle = context.installBundle("tiny:it", TinyBundle.component("it", "1.0.0", GoodComponent.class));
        bundle.start();
        Path next = Files.createTempFile("joyride-itest-", ".jar");
        try (InputStream jar = TinyBundle.component("it", "2.0.0", BadComponent.class)) {
            Files.copy(jar, next, StandardCopyOption.REPLACE_EXISTING);
        }
        Answer answer = run("update it " + next);
        Files.delete(next);
        assertEquals(answer.text(), 1, answer.status());
        assertTrue(
                answer.text(),
                answer.text().contains("its component it threw java.lang.IllegalStateException: no such ring"));
        assertTrue(answer.text(), answer.text().contains("the old one is back in service"));
        assertEquals("1.0.0", bundle.getVersion().toString());
        assertEquals(Bundle.ACTIVE, bundle.getState());
        bundle.uninstall();
    }

    @Test
    public void theContractsAreNotReplaced() throws IOException {
        Bundle api = bundle("joyride.api");
        for (String verb : new String[] {"update", "stop", "felix:uninstall", "refresh"}) {
            Answer answer = run(verb + " joyride.api");
            assertEquals(answer.text(), 1, answer.status());
            assertTrue(answer.text(), answer.text().contains("would restart joyride.core"));
        }
        assertEquals(Bundle.ACTIVE, api.getState());
    }

    private Bundle bundle(final String name) {
        for (Bundle bundle : context.getBundles()) {
            if (name.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + name);
    }
}
