package joyride.linux.bpf;

import static joyride.linux.bpf.Register.R0;
import static joyride.linux.bpf.Register.R1;
import static joyride.linux.bpf.Register.R10;
import static joyride.linux.bpf.Register.R2;
import static joyride.linux.bpf.Register.R3;
import static joyride.linux.bpf.Register.R4;
import static joyride.linux.bpf.Register.R6;
import static joyride.linux.bpf.Register.R7;
import static joyride.linux.bpf.Register.R8;
import static joyride.linux.bpf.Register.R9;

import java.nio.ByteOrder;

/**
 * Writes the code that tells Joyride's frames from the kernel's by the steering map ({@link SteeringMap}): the same for a driver's XDP
 * program and for the guard at the kernel's door, so that both always agree.
 *
 * <p>Joyride's are: ARP about its own addresses; IPv4, IPv6 and neighbour discovery for its own addresses; TCP and UDP to a
 * claimed port of a shared address; ICMP errors there that quote a packet from a claimed port. The kernel's is everything else:
 * VLAN frames, and on a shared address later fragments (they have no ports) and IPv6 with more than one extension header of at most 32 bytes
 * before a fragment header. A first fragment for a claimed
 * port is Joyride's although the rest is not: from all of them the kernel would make a segment, and answer it.
 *
 * <p>Registers in the code: R6 the context, R7 the frame, R8 its end, R9 what is looked at; the key lies on the stack.
 */
public final class Classifier {
    /** What kind of program the code stands in. */
    public enum Context {
        XDP(0, 4),
        TRAFFIC_CONTROL(76, 80),
        /** Of a packet socket; such programs cannot read packets, so the headers are copied onto the stack first. */
        SOCKET_FILTER(-1, -1);

        private final int data;
        private final int end;

        Context(final int data, final int end) {
            this.data = data;
            this.end = end;
        }
    }

    private static final int SKB_LENGTH = 0;
    private static final int SKB_VLAN_PRESENT = 20;

    /** The deepest look: an ICMP error with all IPv4 options, twice. */
    private static final int DEEPEST = 14 + 60 + 8 + 60 + 4;

    private static final int ETHERNET = 14;
    private static final int IPV4 = 20;
    private static final int IPV6 = 40;
    private static final int ICMP = 8;
    private static final int PORTS = 4;

    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_ARP = 0x0806;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int PROTOCOL_ICMP = 1;
    private static final int PROTOCOL_TCP = 6;
    private static final int PROTOCOL_UDP = 17;
    private static final int PROTOCOL_ICMPV6 = 58;
    private static final int FRAGMENT_OFFSET = 0x1fff;
    private static final int FRAGMENT_OFFSET_6 = 0xfff8;
    private static final int HOP_BY_HOP = 0;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int EXTENSION = 8;

    /** Of one with options, in units of 8 bytes beyond the first. */
    private static final int LONGEST_EXTENSION = 3;

    private static final int KEY = -24;

    /** Where the copy of the headers lies on the stack: what follows the Ethernet header is aligned, as the verifier wants it there. */
    private static final int COPY = KEY - (DEEPEST + 7 & -8) + 2;

    private final Assembler code;
    private final int steeringMap;
    private final Label mine;
    private final Label pass;

    private Classifier(final Assembler code, final int steeringMap, final Label mine, final Label pass) {
        this.code = code;
        this.steeringMap = steeringMap;
        this.mine = mine;
        this.pass = pass;
    }

    /**
     * Writes the code. It begins with the context in R1 and ends with a jump to one of the labels, with the context in R6.
     *
     * @param steeringMap the descriptor of the {@link SteeringMap}
     * @param mine where Joyride's frames go
     * @param pass where the kernel's frames go
     */
    public static void write(
            final Assembler code, final Context context, final int steeringMap, final Label mine, final Label pass) {
        new Classifier(code, steeringMap, mine, pass).write(context);
    }

    private void write(final Context context) {
        code.move(R6, R1);
        if (context == Context.TRAFFIC_CONTROL) {
            pullHeaders();
        }
        if (context == Context.SOCKET_FILTER) {
            copyHeaders();
        } else {
            code.load(Width.WORD, R7, R6, context.data).load(Width.WORD, R8, R6, context.end);
        }
        final Label ipv4 = new Label("IPv4");
        final Label ipv6 = new Label("IPv6");
        need(R7, ETHERNET);
        code.load(Width.HALF, R2, R7, 12)
                .jump(Condition.EQUAL, R2, network(TYPE_IPV4), ipv4)
                .jump(Condition.EQUAL, R2, network(TYPE_IPV6), ipv6)
                .jump(Condition.NOT_EQUAL, R2, network(TYPE_ARP), pass);
        arp();
        code.place(ipv4);
        ipv4();
        code.place(ipv6);
        ipv6();
    }

    /** A tag that the NIC took off counts as a tag; headers may lie in pages that programs cannot read. */
    private void pullHeaders() {
        final Label whole = new Label("pull");
        code.load(Width.WORD, R2, R6, SKB_VLAN_PRESENT)
                .jump(Condition.NOT_EQUAL, R2, 0, pass)
                .load(Width.WORD, R2, R6, SKB_LENGTH)
                .jump(Condition.LESS_OR_EQUAL, R2, DEEPEST, whole)
                .move(R2, DEEPEST)
                .place(whole)
                .move(R1, R6)
                .call(Helper.SKB_PULL_DATA);
    }

    private void copyHeaders() {
        code.load(Width.WORD, R2, R6, SKB_VLAN_PRESENT).jump(Condition.NOT_EQUAL, R2, 0, pass);
        for (int at = COPY - 2; at < KEY; at += 8) {
            code.store(Width.DOUBLE, R10, at, 0);
        }
        final Label whole = new Label("copy");
        code.load(Width.WORD, R9, R6, SKB_LENGTH)
                .jump(Condition.LESS, R9, ETHERNET, pass)
                .jump(Condition.LESS_OR_EQUAL, R9, DEEPEST, whole)
                .move(R9, DEEPEST)
                .place(whole)
                .move(R1, R6)
                .move(R2, 0)
                .move(R3, R10)
                .compute(Arithmetic.ADD, R3, COPY)
                .move(R4, R9)
                .call(Helper.SKB_LOAD_BYTES)
                .jump(Condition.NOT_EQUAL, R0, 0, pass)
                .move(R7, R10)
                .compute(Arithmetic.ADD, R7, COPY)
                .move(R8, R7)
                .compute(Arithmetic.ADD, R8, R9);
    }

    private void arp() {
        need(R7, ETHERNET + 28);
        code.load(Width.WORD, R2, R7, ETHERNET)
                .jump(Condition.NOT_EQUAL, R2, networkWord(1, TYPE_IPV4), pass)
                .load(Width.HALF, R2, R7, ETHERNET + 4)
                .jump(Condition.NOT_EQUAL, R2, network(0x0604), pass);
        keyIpv4(R7, ETHERNET + 24);
        keyNoPort();
        lookup();
        code.jump(pass);
    }

    private void ipv4() {
        need(R7, ETHERNET + IPV4);
        headerLength(R7, ETHERNET);
        code.move(R9, R7).compute(Arithmetic.ADD, R9, ETHERNET).compute(Arithmetic.ADD, R9, R2);
        keyIpv4(R7, ETHERNET + 16);
        keyNoPort();
        lookup();
        final Label ports = new Label("IPv4 ports");
        code.load(Width.HALF, R2, R7, ETHERNET + 6)
                .jump(Condition.BITS_SET, R2, network(FRAGMENT_OFFSET), pass)
                .load(Width.BYTE, R2, R7, ETHERNET + 9)
                .jump(Condition.NOT_EQUAL, R2, PROTOCOL_ICMP, ports);
        icmpError();
        code.place(ports);
        destinationPort();
    }

    /** Destination unreachable, time exceeded and parameter problem quote our header and, at least, our ports (RFC 792). */
    private void icmpError() {
        final Label error = new Label("ICMP error");
        need(R9, ICMP + IPV4);
        code.load(Width.BYTE, R2, R9, 0)
                .jump(Condition.EQUAL, R2, 3, error)
                .jump(Condition.EQUAL, R2, 11, error)
                .jump(Condition.NOT_EQUAL, R2, 12, pass)
                .place(error)
                .load(Width.HALF, R2, R9, ICMP + 6)
                .jump(Condition.BITS_SET, R2, network(FRAGMENT_OFFSET), pass);
        keyIpv4(R9, ICMP + 12);
        code.load(Width.BYTE, R3, R9, ICMP + 9);
        headerLength(R9, ICMP);
        code.compute(Arithmetic.ADD, R9, ICMP).compute(Arithmetic.ADD, R9, R2);
        sourcePort(0);
    }

    private void ipv6() {
        need(R7, ETHERNET + IPV6);
        keyIpv6(R7, ETHERNET + 24);
        keyNoPort();
        lookup();
        final Label ports = new Label("IPv6 ports");
        final Label options = new Label("IPv6 options");
        final Label fragment = new Label("IPv6 fragment");
        final Label transport = new Label("IPv6 transport");
        code.move(R9, R7)
                .compute(Arithmetic.ADD, R9, ETHERNET + IPV6)
                .load(Width.BYTE, R2, R7, ETHERNET + 6)
                .jump(Condition.EQUAL, R2, HOP_BY_HOP, options)
                .jump(Condition.EQUAL, R2, DESTINATION_OPTIONS, options)
                .jump(Condition.EQUAL, R2, FRAGMENT, fragment)
                .jump(transport);
        code.place(options);
        need(R9, EXTENSION);
        code.load(Width.BYTE, R3, R9, 1)
                .jump(Condition.GREATER, R3, LONGEST_EXTENSION, pass)
                .load(Width.BYTE, R2, R9, 0)
                .compute(Arithmetic.AND, R3, LONGEST_EXTENSION)
                .compute(Arithmetic.ADD, R3, 1)
                .compute(Arithmetic.SHIFT_LEFT, R3, 3)
                .compute(Arithmetic.ADD, R9, R3)
                .jump(Condition.NOT_EQUAL, R2, FRAGMENT, transport)
                .place(fragment);
        need(R9, EXTENSION);
        code.load(Width.HALF, R3, R9, 2)
                .jump(Condition.BITS_SET, R3, network(FRAGMENT_OFFSET_6), pass)
                .load(Width.BYTE, R2, R9, 0)
                .compute(Arithmetic.ADD, R9, EXTENSION)
                .place(transport)
                .jump(Condition.NOT_EQUAL, R2, PROTOCOL_ICMPV6, ports);
        icmpv6();
        code.place(ports);
        destinationPort();
    }

    /** Neighbour solicitations and advertisements for own addresses (RFC 4861 §4.3, §4.4), and errors: types 1 to 4 (RFC 4443 §2.1). */
    private void icmpv6() {
        final Label error = new Label("ICMPv6 error");
        need(R9, ICMP + 16);
        final Label target = new Label("ND target");
        code.load(Width.BYTE, R2, R9, 0)
                .jump(Condition.EQUAL, R2, 135, target)
                .jump(Condition.NOT_EQUAL, R2, 136, error)
                .place(target);
        keyIpv6(R9, ICMP);
        lookup();
        code.jump(pass).place(error).jump(Condition.EQUAL, R2, 0, pass).jump(Condition.GREATER, R2, 4, pass);
        need(R9, ICMP + IPV6 + PORTS);
        keyIpv6(R9, ICMP + 8);
        code.load(Width.BYTE, R3, R9, ICMP + 6);
        sourcePort(ICMP + IPV6);
    }

    /** TCP or UDP, by the protocol in R2, with its header at R9. */
    private void destinationPort() {
        final Label known = new Label("protocol");
        code.jump(Condition.EQUAL, R2, PROTOCOL_TCP, known)
                .jump(Condition.NOT_EQUAL, R2, PROTOCOL_UDP, pass)
                .place(known)
                .store(Width.BYTE, R10, KEY + SteeringKey.PROTOCOL, R2);
        need(R9, PORTS);
        code.load(Width.HALF, R2, R9, 2).store(Width.HALF, R10, KEY + SteeringKey.PORT, R2);
        lookup();
        code.jump(pass);
    }

    /** TCP or UDP, by the protocol in R3, of a quoted packet; its address is in the key already. */
    private void sourcePort(final int offset) {
        final Label known = new Label("quoted protocol");
        code.jump(Condition.EQUAL, R3, PROTOCOL_TCP, known)
                .jump(Condition.NOT_EQUAL, R3, PROTOCOL_UDP, pass)
                .place(known)
                .store(Width.BYTE, R10, KEY + SteeringKey.PROTOCOL, R3);
        need(R9, offset + PORTS);
        code.load(Width.HALF, R2, R9, offset).store(Width.HALF, R10, KEY + SteeringKey.PORT, R2);
        lookup();
        code.jump(pass);
    }

    /** The length of the IPv4 header at {@code base + offset} into R2, 20 to 60. */
    private void headerLength(final Register base, final int offset) {
        code.load(Width.BYTE, R2, base, offset)
                .move(R1, R2)
                .compute(Arithmetic.SHIFT_RIGHT, R1, 4)
                .jump(Condition.NOT_EQUAL, R1, 4, pass)
                .compute(Arithmetic.AND, R2, 0x0f)
                .compute(Arithmetic.SHIFT_LEFT, R2, 2)
                .jump(Condition.LESS, R2, IPV4, pass);
    }

    private void keyIpv4(final Register base, final int offset) {
        code.load(Width.WORD, R2, base, offset)
                .store(Width.WORD, R10, KEY + 12, R2)
                .store(Width.DOUBLE, R10, KEY, 0)
                .store(Width.WORD, R10, KEY + 8, networkWord(0, 0xffff));
    }

    private void keyIpv6(final Register base, final int offset) {
        for (int i = 0; i < 16; i += 4) {
            code.load(Width.WORD, R3, base, offset + i).store(Width.WORD, R10, KEY + i, R3);
        }
    }

    private void keyNoPort() {
        code.store(Width.WORD, R10, KEY + SteeringKey.PORT, 0);
    }

    /** Goes to {@code mine} if the key is in the map, else on. Loses R0 to R5. */
    private void lookup() {
        code.loadMap(R1, steeringMap)
                .move(R2, R10)
                .compute(Arithmetic.ADD, R2, KEY)
                .call(Helper.MAP_LOOKUP_ELEMENT)
                .jump(Condition.NOT_EQUAL, R0, 0, mine);
    }

    /** Goes to {@code pass} unless {@code length} bytes from {@code base} on are in the frame. Loses R1. */
    private void need(final Register base, final int length) {
        code.move(R1, base).compute(Arithmetic.ADD, R1, length).jump(Condition.GREATER, R1, R8, pass);
    }

    /** A 16-bit number as it is loaded from network byte order. */
    private static int network(final int value) {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN
                ? Short.toUnsignedInt(Short.reverseBytes((short) value))
                : value;
    }

    private static int networkWord(final int high, final int low) {
        final int value = high << 16 | low;
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
    }
}
