package joyride.core.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class SipHashTest {
    @Test
    void shouldGiveTheReferenceValueWhenKeyAndInputCountUp() {
        final ByteBuffer bytes = ByteBuffer.allocate(48).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < 48; i++) {
            bytes.put(i, (byte) i);
        }
        final SipHash hash = new SipHash(bytes.getLong(0), bytes.getLong(8));
        // Of a separate program that also gives the paper's value for its 15 bytes.
        assertEquals(
                0xe612a3cb9ecba951L,
                hash.hash(
                        bytes.getLong(0),
                        bytes.getLong(8),
                        bytes.getLong(16),
                        bytes.getLong(24),
                        bytes.getLong(32),
                        bytes.getLong(40)));
    }
}
