package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import joyride.api.memory.Memory;
import joyride.core.ip.Ipv6;
import joyride.core.ip.Packet;
import joyride.core.ip.Path;
import org.junit.jupiter.api.Test;

class Md5SignatureTest {
    private static final long LINK_LOCAL = 0xfe80_0000_0000_0000L;
    private static final int HEADER = 40;
    private static final int PAYLOAD = 100;
    private static final byte[] KEY = "a key of BGP's".getBytes(StandardCharsets.US_ASCII);

    /** The zone of a link-local address is this host's own affair (RFC 4007 §6): the peer signs without it. */
    @Test
    void shouldSignLinkLocalAddressesWithoutTheirZone() {
        try (Arena arena = Arena.ofConfined()) {
            final long segment = arena.allocate(HEADER + PAYLOAD, 8).address();
            final long digest = arena.allocate(Md5Signature.LENGTH, 8).address();
            for (int i = 0; i < HEADER + PAYLOAD; i++) {
                Memory.putByte(segment + i, i);
            }
            final Path path = new Path();
            path.sourceHigh = Ipv6.zoned(LINK_LOCAL, 3);
            path.sourceLow = 1;
            path.destinationHigh = Ipv6.zoned(LINK_LOCAL, 3);
            path.destinationLow = 2;
            final Md5Signature md5 = new Md5Signature();
            md5.sign(path, segment, HEADER + PAYLOAD, HEADER, KEY, digest);

            final Packet asThePeerSeesIt = new Packet();
            asThePeerSeesIt.transport = segment;
            asThePeerSeesIt.sourceHigh = LINK_LOCAL;
            asThePeerSeesIt.sourceLow = 1;
            asThePeerSeesIt.destinationHigh = Ipv6.zoned(LINK_LOCAL, 7);
            asThePeerSeesIt.destinationLow = 2;
            assertTrue(md5.verify(asThePeerSeesIt, HEADER, PAYLOAD, KEY, digest));
            asThePeerSeesIt.sourceLow = 9;
            assertFalse(md5.verify(asThePeerSeesIt, HEADER, PAYLOAD, KEY, digest));
        }
    }
}
