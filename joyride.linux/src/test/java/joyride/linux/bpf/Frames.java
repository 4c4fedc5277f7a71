package joyride.linux.bpf;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Frames, header by header. */
final class Frames {
    static final int TCP = 6;
    static final int UDP = 17;
    private static final HexFormat HEX = HexFormat.of();

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Bytes in hexadecimal, blanks allowed. */
    Frames hex(final String digits) {
        bytes.writeBytes(HEX.parseHex(digits.replace(" ", "")));
        return this;
    }

    Frames ethernet(final int type) {
        return hex("020000000002 020000000001").half(type);
    }

    Frames half(final int value) {
        bytes.write(value >> 8);
        bytes.write(value);
        return this;
    }

    /** An IPv4 address by its digits. */
    Frames address(final String dotted) {
        for (final String part : dotted.split("\\.")) {
            bytes.write(Integer.parseInt(part));
        }
        return this;
    }

    /** @param fragment flags and offset @param options bytes of options */
    Frames ipv4(final int protocol, final String from, final String to, final int fragment, final int options) {
        bytes.write(0x45 + options / 4);
        hex("00 0100 0000").half(fragment);
        bytes.write(64);
        bytes.write(protocol);
        half(0).address(from).address(to);
        bytes.writeBytes(new byte[options]);
        return this;
    }

    Frames ipv4(final int protocol, final String from, final String to) {
        return ipv4(protocol, from, to, 0, 0);
    }

    /** @param from 16 bytes in hexadecimal */
    Frames ipv6(final int nextHeader, final String from, final String to) {
        hex("60000000 0040");
        bytes.write(nextHeader);
        bytes.write(64);
        return hex(from).hex(to);
    }

    /** The first eight bytes of a TCP or UDP header. */
    Frames ports(final int from, final int to) {
        return half(from).half(to).hex("00000000");
    }

    Frames icmp(final int type) {
        bytes.write(type);
        bytes.writeBytes(new byte[7]);
        return this;
    }

    Frames arp(final int operation, final String sender, final String target) {
        return ethernet(0x0806)
                .hex("0001 0800 0604")
                .half(operation)
                .hex("020000000001")
                .address(sender)
                .hex("000000000000")
                .address(target);
    }

    /** The frame, padded to Ethernet's least length. */
    byte[] bytes() {
        while (bytes.size() < 60) {
            bytes.write(0);
        }
        return bytes.toByteArray();
    }

    /** The frame as it is. */
    byte[] unpadded() {
        return bytes.toByteArray();
    }
}
