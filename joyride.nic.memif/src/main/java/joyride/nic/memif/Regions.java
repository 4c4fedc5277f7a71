package joyride.nic.memif;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import joyride.api.nic.NicException;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;
import joyride.linux.SystemError;

/** The memory of a link, mapped. Closed when no loop uses it any more. */
final class Regions implements AutoCloseable {
    static final int MOST = 16;

    private static final int F_GET_SEALS = 1034;
    private static final int SEALED_SHRINK = 2;
    private static final long LARGEST = 1L << 32;

    private final long[] addresses = new long[MOST];
    private final long[] sizes = new long[MOST];
    private int count;

    /** Maps memory of the peer's, which must not become smaller: an access behind its end would be a signal, not an error. */
    void add(final int index, final int fd, final long size) throws NicException {
        if (index != count || count == MOST) {
            throw new NicException(
                    "region " + index + " where " + count + " is next; there may be " + MOST + " regions");
        }
        if (size <= 0 || size > LARGEST) {
            throw new NicException("region of " + size + " bytes; 1.." + LARGEST + " are allowed");
        }
        if (fd < 0) {
            throw new NicException("region " + index + " without a descriptor");
        }
        final int seals = Descriptors.control(fd, F_GET_SEALS, 0);
        if (seals < 0 || (seals & SEALED_SHRINK) == 0) {
            throw new NicException(
                    "region " + index
                            + " can be made smaller by the peer; it must be a memfd sealed against that (zero-copy=no for DPDK's net_memif)");
        }
        final long there;
        try {
            there = Files.size(Path.of("/proc/self/fd/" + fd));
        } catch (final IOException e) {
            throw new NicException("region " + index + ": " + e.getMessage(), e);
        }
        if (there < size) {
            throw new NicException("region " + index + " is said to have " + size + " bytes and has " + there);
        }
        map(fd, size);
    }

    /** Maps memory of our own. */
    void map(final int fd, final long size) throws NicException {
        final long address = Mappings.share(fd, size);
        if (address < 0) {
            throw new NicException("no mapping of " + size + " bytes: " + SystemError.text((int) -address));
        }
        addresses[count] = address;
        sizes[count++] = size;
    }

    /** Where {@code length} bytes at {@code offset} of a region lie; 0 if they are not all in it. Any numbers may be asked for. */
    long resolve(final int region, final int offset, final int length) {
        if (region < 0 || region >= count || length < 0) {
            return 0;
        }
        final long from = offset & 0xffff_ffffL;
        return from + length <= sizes[region] ? addresses[region] + from : 0;
    }

    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            Mappings.unmap(addresses[i], sizes[i]);
        }
        count = 0;
    }
}
