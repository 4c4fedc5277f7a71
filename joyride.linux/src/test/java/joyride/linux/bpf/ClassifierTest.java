package joyride.linux.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Arrays;
import joyride.linux.bpf.Classifier.Context;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The code runs in the kernel, on frames made here; what XDP and traffic control say must be the same. */
class ClassifierTest {
    private static final String OWN = "10.1.0.2";
    private static final String SHARED = "10.1.0.3";
    private static final String PEER = "10.1.0.9";
    private static final long V4 = 0xffff_0000_0000L;
    private static final String OWN6 = "fd00 0000 0000 0000 0000 0000 0000 0002";
    private static final String SHARED6 = "fd00 0000 0000 0000 0000 0000 0000 0003";
    private static final String PEER6 = "fd00 0000 0000 0000 0000 0000 0000 0009";
    private static final String GROUP6 = "ff02 0000 0000 0000 0000 0001 ff00 0002";
    private static final long HIGH6 = 0xfd00_0000_0000_0000L;
    private static final int MINE = 5;
    private static final int PASS = 7;

    /** Shorter ones the kernel does not run traffic control programs on, unless they come from a device. */
    private static final int SHORTEST_RUN = 14 + 40;

    private SteeringMap steering;
    private BpfProgram xdp;
    private BpfProgram trafficControl;
    private BpfProgram socketFilter;

    @BeforeEach
    void load() throws BpfException {
        try {
            steering = new SteeringMap("test", 16);
        } catch (final BpfException e) {
            assumeTrue(e.errno() != BpfCall.EPERM && e.errno() != BpfCall.ENOSYS, e::getMessage);
            throw e;
        }
        assertEquals(0, steering.add(0, V4 | 0x0a010002));
        assertEquals(0, steering.add(0, V4 | 0x0a010003, Frames.TCP, 80));
        assertEquals(0, steering.add(0, V4 | 0x0a010003, Frames.UDP, 53));
        assertEquals(0, steering.add(HIGH6, 2));
        assertEquals(0, steering.add(HIGH6, 3, Frames.TCP, 80));
        xdp = load(BpfProgram.Type.XDP, Context.XDP);
        trafficControl = load(BpfProgram.Type.TRAFFIC_CONTROL, Context.TRAFFIC_CONTROL);
        socketFilter = load(BpfProgram.Type.SOCKET_FILTER, Context.SOCKET_FILTER);
    }

    private BpfProgram load(final BpfProgram.Type type, final Context context) throws BpfException {
        final Assembler code = new Assembler();
        final Label mine = new Label("mine");
        final Label pass = new Label("pass");
        Classifier.write(code, context, steering.descriptor(), mine, pass);
        code.place(mine).move(Register.R0, MINE).exit();
        code.place(pass).move(Register.R0, PASS).exit();
        return BpfProgram.load("test", type, code.assemble(), 0);
    }

    @AfterEach
    void close() {
        if (xdp != null) {
            xdp.close();
        }
        if (trafficControl != null) {
            trafficControl.close();
        }
        if (socketFilter != null) {
            socketFilter.close();
        }
        if (steering != null) {
            steering.close();
        }
    }

    private boolean mine(final Frames frame) throws BpfException {
        return mine(frame.bytes());
    }

    private boolean mine(final byte[] frame) throws BpfException {
        final int verdict = xdp.run(frame);
        if (frame.length >= SHORTEST_RUN) {
            assertEquals(verdict, trafficControl.run(frame), "XDP and traffic control");
        }
        // A test run takes an Ethernet header off, a packet socket's filter sees it.
        final byte[] behind = new byte[14 + frame.length];
        System.arraycopy(frame, 0, behind, 14, frame.length);
        assertEquals(verdict, socketFilter.run(behind), "XDP and socket filter");
        assertTrue(verdict == MINE || verdict == PASS, "verdict " + verdict);
        return verdict == MINE;
    }

    private static Frames ipv4() {
        return new Frames().ethernet(0x0800);
    }

    private static Frames ipv6() {
        return new Frames().ethernet(0x86dd);
    }

    @Test
    void shouldTakeArpWhenItAsksForOrAnswersToAnOwnAddress() throws BpfException {
        assertTrue(mine(new Frames().arp(1, PEER, OWN)));
        assertTrue(mine(new Frames().arp(2, PEER, OWN)));
        assertFalse(mine(new Frames().arp(1, PEER, SHARED)));
        assertFalse(mine(new Frames().arp(1, OWN, PEER)));
    }

    @Test
    void shouldPassArpWhenItIsNotAboutIpv4OnEthernet() throws BpfException {
        final byte[] frame = new Frames().arp(1, PEER, OWN).bytes();
        frame[15] = 6;
        assertFalse(mine(frame));
        frame[15] = 1;
        frame[19] = 16;
        assertFalse(mine(frame));
    }

    @Test
    void shouldTakeEverythingWhenItIsForAnOwnAddress() throws BpfException {
        assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, OWN).ports(1000, 22)));
        assertTrue(mine(ipv4().ipv4(Frames.UDP, PEER, OWN).ports(1000, 22)));
        assertTrue(mine(ipv4().ipv4(1, PEER, OWN).icmp(8)));
        assertTrue(mine(ipv4().ipv4(47, PEER, OWN)));
        assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, OWN, 0x2000, 0).ports(1000, 22)), "fragment");
        assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, OWN, 100, 40)), "with options");
    }

    @Test
    void shouldTakeOnlyClaimedPortsWhenTheAddressIsShared() throws BpfException {
        assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED).ports(1000, 80)));
        assertTrue(mine(ipv4().ipv4(Frames.UDP, PEER, SHARED).ports(1000, 53)));
        assertFalse(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED).ports(1000, 53)));
        assertFalse(mine(ipv4().ipv4(Frames.UDP, PEER, SHARED).ports(1000, 80)));
        assertFalse(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED).ports(80, 22)), "source port");
        assertFalse(mine(ipv4().ipv4(Frames.TCP, SHARED, PEER).ports(80, 80)), "another address");
        assertFalse(mine(ipv4().ipv4(132, PEER, SHARED).ports(1000, 80)), "another protocol");
        assertFalse(mine(ipv4().ipv4(1, PEER, SHARED).icmp(8)), "ping");
    }

    @Test
    void shouldFollowTheMapWhenClaimsComeAndGo() throws BpfException {
        final byte[] ssh = ipv4().ipv4(Frames.TCP, PEER, SHARED).ports(1000, 22).bytes();
        assertFalse(mine(ssh));
        assertEquals(0, steering.add(0, V4 | 0x0a010003, Frames.TCP, 22));
        assertTrue(steering.contains(0, V4 | 0x0a010003, Frames.TCP, 22));
        assertTrue(mine(ssh));
        assertEquals(0, steering.remove(0, V4 | 0x0a010003, Frames.TCP, 22));
        assertFalse(mine(ssh));
        assertEquals(-BpfCall.ENOENT, steering.remove(0, V4 | 0x0a010003, Frames.TCP, 22));
    }

    @Test
    void shouldFindPortsBehindOptionsWhenTheAddressIsShared() throws BpfException {
        for (int options = 0; options <= 40; options += 4) {
            assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0, options).ports(1000, 80)), options + " bytes");
            assertFalse(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0, options).ports(80, 1000)), options + " bytes");
        }
    }

    @Test
    void shouldPassLaterFragmentsWhenTheAddressIsShared() throws BpfException {
        assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0x2000, 0).ports(1000, 80)), "the first");
        assertFalse(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0x2000, 0).ports(1000, 22)), "the first of another");
        assertFalse(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0x2010, 0).ports(1000, 80)), "the second");
        assertFalse(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0x0010, 0).ports(1000, 80)), "the last");
        assertTrue(mine(ipv4().ipv4(Frames.TCP, PEER, SHARED, 0x4000, 0).ports(1000, 80)), "don't fragment");
    }

    @Test
    void shouldTakeIcmpErrorsWhenTheyQuoteAClaimedPort() throws BpfException {
        for (final int type : new int[] {3, 11, 12}) {
            assertTrue(mine(ipv4().ipv4(1, PEER, SHARED)
                    .icmp(type)
                    .ipv4(6, SHARED, PEER)
                    .ports(80, 1000)));
            assertFalse(mine(ipv4().ipv4(1, PEER, SHARED)
                    .icmp(type)
                    .ipv4(6, SHARED, PEER)
                    .ports(1000, 80)));
            assertFalse(mine(ipv4().ipv4(1, PEER, SHARED)
                    .icmp(type)
                    .ipv4(17, SHARED, PEER)
                    .ports(80, 53)));
        }
        assertTrue(mine(ipv4().ipv4(1, PEER, SHARED, 0, 40)
                .icmp(3)
                .ipv4(6, SHARED, PEER, 0x4000, 40)
                .ports(80, 1000)));
        assertFalse(mine(ipv4().ipv4(1, PEER, SHARED)
                .icmp(3)
                .ipv4(6, SHARED, PEER, 16, 0)
                .ports(80, 1000)));
        assertFalse(
                mine(ipv4().ipv4(1, PEER, SHARED).icmp(5).ipv4(6, SHARED, PEER).ports(80, 1000)), "redirect");
    }

    @Test
    void shouldPassWhatIsCutShort() throws BpfException {
        final byte[][] whole = {
            new Frames().arp(1, PEER, OWN).unpadded(),
            ipv4().ipv4(Frames.TCP, PEER, SHARED, 0, 8).hex("03e8 0050").unpadded(),
            ipv4().ipv4(1, PEER, SHARED, 0, 4)
                    .icmp(3)
                    .ipv4(6, SHARED, PEER, 0, 4)
                    .hex("0050 03e8")
                    .unpadded(),
            ipv6().ipv6(Frames.TCP, PEER6, SHARED6).hex("03e8 0050").unpadded(),
            ipv6().ipv6(58, PEER6, SHARED6)
                    .icmp(1)
                    .ipv6(6, SHARED6, PEER6)
                    .hex("0050 03e8")
                    .unpadded(),
            ipv6().ipv6(58, PEER6, GROUP6).icmp(135).hex(OWN6).unpadded()
        };
        for (final byte[] frame : whole) {
            assertTrue(mine(frame));
            for (int length = 14; length < frame.length; length++) {
                assertFalse(mine(Arrays.copyOf(frame, length)), length + " of " + frame.length);
            }
        }
    }

    @Test
    void shouldPassWhatIsMalformed() throws BpfException {
        final byte[] frame = ipv4().ipv4(Frames.TCP, PEER, OWN).ports(1000, 80).bytes();
        frame[14] = 0x44;
        assertFalse(mine(frame), "header length 16");
        frame[14] = 0x65;
        assertFalse(mine(frame), "version 6");
    }

    @Test
    void shouldPassOtherEtherTypesAndVlans() throws BpfException {
        assertFalse(mine(new Frames().ethernet(0x88cc)));
        assertFalse(mine(new Frames()
                .ethernet(0x8100)
                .hex("0001 0800")
                .ipv4(Frames.TCP, PEER, OWN)
                .ports(1000, 80)));
    }

    @Test
    void shouldTakeIpv6AndItsNeighbourSolicitationsWhenTheAddressIsOwn() throws BpfException {
        assertTrue(mine(ipv6().ipv6(Frames.TCP, PEER6, OWN6).ports(1000, 22)));
        assertTrue(mine(ipv6().ipv6(58, PEER6, OWN6).icmp(128)));
        assertTrue(mine(ipv6().ipv6(44, PEER6, OWN6)), "fragment");
        assertTrue(mine(ipv6().ipv6(58, PEER6, GROUP6).icmp(135).hex(OWN6)));
        assertFalse(mine(ipv6().ipv6(58, PEER6, GROUP6).icmp(135).hex(SHARED6)));
        assertTrue(mine(ipv6().ipv6(58, PEER6, GROUP6).icmp(136).hex(OWN6)), "another one has it");
        assertFalse(mine(ipv6().ipv6(58, PEER6, GROUP6).icmp(136).hex(SHARED6)));
        assertFalse(mine(ipv6().ipv6(58, PEER6, GROUP6).icmp(134).hex(OWN6)), "router advertisement");
    }

    @Test
    void shouldTakeClaimedPortsAndErrorsAboutThemWhenAnIpv6AddressIsShared() throws BpfException {
        assertTrue(mine(ipv6().ipv6(Frames.TCP, PEER6, SHARED6).ports(1000, 80)));
        assertFalse(mine(ipv6().ipv6(Frames.TCP, PEER6, SHARED6).ports(1000, 22)));
        assertFalse(mine(ipv6().ipv6(Frames.UDP, PEER6, SHARED6).ports(1000, 80)));
        for (final int extension : new int[] {0, 60}) {
            assertTrue(mine(ipv6().ipv6(extension, PEER6, SHARED6)
                    .hex("0600 0104 0000 0000")
                    .ports(1000, 80)));
            assertFalse(mine(ipv6().ipv6(extension, PEER6, SHARED6)
                    .hex("0600 0104 0000 0000")
                    .ports(1000, 22)));
            assertTrue(mine(ipv6().ipv6(extension, PEER6, SHARED6)
                    .hex("2c01 010c 0000 0000 0000 0000 0000 0000 0600 0001 0000 0007")
                    .ports(1000, 80)));
        }
        assertTrue(
                mine(ipv6().ipv6(44, PEER6, SHARED6).hex("0600 0001 0000 0007").ports(1000, 80)), "first fragment");
        assertFalse(
                mine(ipv6().ipv6(44, PEER6, SHARED6).hex("0600 0009 0000 0007").ports(1000, 80)), "later fragment");
        assertFalse(
                mine(ipv6().ipv6(43, PEER6, SHARED6).hex("0600 0000 0000 0000").ports(1000, 80)), "routing header");
        for (int type = 0; type < 6; type++) {
            final Frames error = ipv6().ipv6(58, PEER6, SHARED6).icmp(type).ipv6(6, SHARED6, PEER6);
            assertEquals(type >= 1 && type <= 4, mine(error.ports(80, 1000)), "type " + type);
        }
        assertFalse(mine(
                ipv6().ipv6(58, PEER6, SHARED6).icmp(1).ipv6(6, SHARED6, PEER6).ports(22, 1000)));
    }

    @Test
    void shouldGiveTheVerifiersWordsWhenAProgramIsRefused() {
        final long[] broken =
                new Assembler().move(Register.R0, Register.R5).exit().assemble();
        final BpfException refused =
                assertThrows(BpfException.class, () -> BpfProgram.load("broken", BpfProgram.Type.XDP, broken, 0));
        assertTrue(refused.getMessage().contains("R5 !read_ok"), refused.getMessage());
    }
}
