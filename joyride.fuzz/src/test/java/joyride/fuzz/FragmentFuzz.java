package joyride.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import joyride.api.net.IpAddress;
import joyride.api.tcp.TcpFlags;
import joyride.testkit.simulation.Octets;
import joyride.testkit.simulation.PeerConnection;

/**
 * What stands between the IP header and the transport's: chains of extension headers, IPv4 options, fragments in any order, number and place. Packets are made from
 * parts that are right, so that most get as far as what the input makes wrong in them. Inputs of an odd length meet a host that talks IPv6.
 */
class FragmentFuzz {
    private static final int MOST_STEPS = 200;
    private static final int MOST_PACKET = 1500;
    private static final int MOST_HEADERS = 18;
    private static final int PACKETS = 8;
    private static final int UNKNOWN = 253;
    private static final int MORE_FOUR = 0x2000;

    private static final int[] HEADERS = {
        Packets.HOP_BY_HOP, Packets.DESTINATION_OPTIONS, Packets.ROUTING, Packets.FRAGMENT, Packets.DESTINATION_OPTIONS
    };

    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final IpAddress ALL_HOSTS = IpAddress.parse("224.0.0.1");

    /** What is cut into fragments. */
    private static final class Whole {
        int protocol = Packets.UDP;
        byte[] bytes = new byte[8];
        byte[] options = {};
        IpAddress destination;
    }

    private Victim victim;
    private boolean six;
    private Input input;
    private Whole[] wholes;
    private byte[] last;

    @FuzzTest(maxDuration = "5s")
    void shouldPutTogetherOrDropWhateverPiecesCome(final byte[] bytes) {
        Victim.play(bytes, behind -> play(bytes, behind));
    }

    private long play(final byte[] bytes, final int behind) {
        six = bytes.length % 2 == 1;
        input = new Input(bytes);
        last = null;
        try (Victim host = new Victim(six, behind)) {
            victim = host;
            wholes = new Whole[PACKETS];
            for (int i = 0; i < PACKETS; i++) {
                wholes[i] = new Whole();
                wholes[i].destination = victim.host();
            }
            victim.connect();
            for (int i = 0; i < MOST_STEPS && !input.isEmpty(); i++) {
                victim.listen();
                victim.check(step());
            }
            victim.finish();
            return victim.trace();
        }
    }

    /** @return frames sent; 0: something else was done */
    private int step() {
        int frames = 1;
        switch (input.u8() % 8) {
            case 0 -> {
                victim.pass(input);
                frames = 0;
            }
            case 1 -> {
                victim.connect();
                frames = 0;
            }
            case 2 -> send(whole(new Whole()));
            case 3 -> {
                fill(wholes[input.u8() % PACKETS]);
                frames = 0;
            }
            case 4 -> frames = again();
            case 5 -> frames = all(input.u8() % PACKETS);
            default -> send(fragment());
        }
        victim.rig.settle();
        return frames;
    }

    private void send(final byte[] packet) {
        last = packet.length > MOST_PACKET ? Arrays.copyOf(packet, MOST_PACKET) : packet;
        victim.rig.peer().sendPacket(last);
    }

    /** The last one as often as the input says, fragments as those of ever another packets. */
    private int again() {
        if (last == null || last.length < Packets.IPV4) {
            return 0;
        }
        final int times = 1 + input.u8() % 200;
        for (int i = 0; i < times; i++) {
            if (!six) {
                Octets.put16(last, 4, i);
                Octets.put16(last, 10, 0);
                Octets.put16(last, 10, ~Octets.sum(last, 0, (last[0] & 15) * 4, 0));
            } else if (last[6] == Packets.FRAGMENT && last.length >= Packets.IPV6 + 8) {
                Octets.put32(last, Packets.IPV6 + 4, i);
            }
            victim.rig.peer().sendPacket(last);
            if (i % 32 == 31) {
                victim.rig.settle();
            }
        }
        return times;
    }

    /** A packet without fragments. */
    private byte[] whole(final Whole whole) {
        fill(whole);
        return six
                ? Packets.six(victim.peer(), whole.destination, whole.protocol, 64, whole.bytes)
                : Packets.four(victim.peer(), whole.destination, whole.protocol, whole.options, 1, 0, whole.bytes);
    }

    /** What the packet carries, and what stands before that. */
    private void fill(final Whole whole) {
        whole.destination = input.u8() % 8 == 7 ? six ? ALL_NODES : ALL_HOSTS : victim.host();
        if (six) {
            final int count = input.u8() % MOST_HEADERS;
            final byte[][] headers = new byte[count][];
            final int[] types = new int[count];
            for (int i = 0; i < count; i++) {
                final int kind = input.u8();
                types[i] = HEADERS[kind % HEADERS.length];
                headers[i] = header(types[i], kind);
            }
            upper(whole);
            for (int i = count - 1; i >= 0; i--) {
                headers[i][0] = (byte) whole.protocol;
                whole.bytes = Packets.join(headers[i], whole.bytes);
                whole.protocol = types[i];
            }
        } else {
            final int length = input.u8() % 11 * 4;
            whole.options = Arrays.copyOf(input.bytes(length), length);
            upper(whole);
        }
    }

    /** An extension header as the input says; its length is right, and a fragment is whole by itself, more often than not. */
    private byte[] header(final int type, final int kind) {
        final int length = type == Packets.FRAGMENT ? 8 : 8 * (1 + (kind >>> 6));
        final byte[] header = Arrays.copyOf(input.bytes(length), length);
        final boolean right = (kind & 32) == 0;
        if (right && type == Packets.FRAGMENT) {
            Octets.put16(header, 2, 0);
        } else if (right) {
            header[1] = (byte) (length / 8 - 1);
        }
        if (type == Packets.ROUTING && (kind & 16) == 0) {
            header[3] = 0;
        }
        return header;
    }

    private void upper(final Whole whole) {
        final int kind = input.u8() % 7;
        switch (kind) {
            case 0, 1 -> {
                final PeerConnection connection = victim.connection(victim.anyConnection(input));
                final byte[] payload = new byte[input.u8() * 8];
                final byte[] frame = victim.rig
                        .peer()
                        .frame(connection.segment(TcpFlags.ACK | TcpFlags.PSH).payload(payload));
                connection.seq += payload.length;
                whole.protocol = Packets.TCP;
                whole.bytes =
                        Arrays.copyOfRange(frame, Packets.ETHERNET + (six ? Packets.IPV6 : Packets.IPV4), frame.length);
                return;
            }
            case 2 -> {
                whole.protocol = six ? Packets.ICMP6 : Packets.ICMP;
                whole.bytes = new byte[8 + input.u8() * 8];
                whole.bytes[0] = (byte) (six ? 128 : 8);
            }
            case 3 -> {
                whole.protocol = Packets.UDP;
                whole.bytes = Packets.datagram(input.u16(), 9, new byte[input.u8() * 8]);
            }
            case 4 -> {
                whole.protocol = six ? Packets.ICMP6 : Packets.ICMP;
                whole.bytes = error(input.u8() % 5, input.u8());
            }
            case 5 -> {
                whole.protocol = six ? Packets.NO_NEXT_HEADER : UNKNOWN;
                whole.bytes = input.bytes(input.u8());
            }
            default -> {
                whole.protocol = input.u8();
                whole.bytes = input.bytes(input.u8());
            }
        }
        Packets.checksummed(whole.bytes, victim.peer(), whole.destination, whole.protocol);
    }

    /** An error about a segment of the host's. */
    private byte[] error(final int type, final int code) {
        final byte[] segment = Victim.sentByHost(victim.connection(0), input.u8());
        final byte[] quoted = Packets.packet(victim.host(), victim.peer(), Packets.TCP, segment);
        final byte[] message = Packets.join(new byte[8], quoted);
        message[0] = (byte) (six ? type : new int[] {3, 11, 12, 4, 5}[type]);
        message[1] = (byte) code;
        Octets.put32(message, 4, input.u16());
        return message;
    }

    /** A piece of a packet where the input says. */
    private byte[] fragment() {
        final int which = input.u8();
        final Whole whole = wholes[which % PACKETS];
        final int start = (which & 64) == 0 ? input.u8() : input.u16() % 8192;
        final int length = input.u8() * 8 + ((which & 32) == 0 ? 0 : input.u8() % 8);
        final boolean more = (which & 128) == 0 ? start * 8 + length < whole.bytes.length : (which & 16) != 0;
        return piece(whole, which % PACKETS, start, length, more, input.u8());
    }

    /** All pieces of one, in turn or backwards. */
    private int all(final int which) {
        final Whole whole = wholes[which];
        final int size = 8 * (1 + input.u8());
        final boolean backwards = input.u8() % 2 == 1;
        final int count = Math.max(1, (whole.bytes.length + size - 1) / size);
        for (int i = 0; i < count; i++) {
            final int start = (backwards ? count - 1 - i : i) * size;
            final int length = Math.min(size, whole.bytes.length - start);
            send(piece(whole, which, start / 8, length, start + length < whole.bytes.length, 0));
            if (i % 32 == 31) {
                victim.rig.settle();
            }
        }
        return count;
    }

    /** @param start in units of 8 bytes. @param marks of ECN */
    private byte[] piece(
            final Whole whole, final int id, final int start, final int length, final boolean more, final int marks) {
        final int from = Math.min(start * 8, whole.bytes.length);
        final int to = Math.min(start * 8 + length, whole.bytes.length);
        final byte[] bytes = Arrays.copyOf(Arrays.copyOfRange(whole.bytes, from, to), length);
        if (!six) {
            final int flags = (more ? MORE_FOUR : 0) | start & 0x1fff;
            final byte[] packet =
                    Packets.four(victim.peer(), whole.destination, whole.protocol, whole.options, id, flags, bytes);
            packet[1] = (byte) (marks < 8 ? marks & 3 : 0);
            Octets.put16(packet, 10, 0);
            Octets.put16(packet, 10, ~Octets.sum(packet, 0, packet.length - bytes.length, 0));
            return packet;
        }
        final byte[] header = new byte[8];
        header[0] = (byte) whole.protocol;
        Octets.put16(header, 2, start * 8 & 0xfff8 | (more ? 1 : 0));
        Octets.put32(header, 4, id);
        final byte[] packet =
                Packets.six(victim.peer(), whole.destination, Packets.FRAGMENT, 64, Packets.join(header, bytes));
        packet[1] = (byte) ((marks < 8 ? marks & 3 : 0) << 4);
        return packet;
    }
}
