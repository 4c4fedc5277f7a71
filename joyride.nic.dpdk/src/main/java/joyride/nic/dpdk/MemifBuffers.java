package joyride.nic.dpdk;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import joyride.api.nic.NicException;

/**
 * The buffers of a memif, which its client makes: 2^{@code rsize} of {@code bsize} bytes for each ring. net_memif mixes up frames that need several of them (some
 * come twice, others never), so that each must hold a whole frame.
 */
final class MemifBuffers {
    static final String DRIVER = "net_memif";

    /** What net_memif takes where nothing is said. */
    private static final int USUAL_SIZE = 2048;

    private static final int USUAL_SLOTS_LOG = 10;
    private static final int RING_BYTES = 16 << 20;
    private static final int LINE = 64;
    private static final Pattern SIZE = Pattern.compile("(?:^|,)bsize=(\\d{1,9})(?:,|$)");
    private static final Pattern SLOTS = Pattern.compile("(?:^|,)rsize=");
    private static final Pattern NO_COPY = Pattern.compile("(?:^|,)zero-copy=yes(?:,|$)");

    private MemifBuffers() {}

    /**
     * The arguments, with buffers that hold a frame where the usual ones do not and the user named none.
     *
     * @param mtu bytes of an IP packet
     * @throws NicException if the user's buffers hold no frame
     */
    static String arguments(final String arguments, final int mtu) throws NicException {
        final int frame = mtu + PortPlan.HEADERS;
        final Matcher named = SIZE.matcher(arguments);
        if (NO_COPY.matcher(arguments).find()) {
            // Its buffers are the mbufs, whose size the port chooses.
            return arguments;
        }
        if (named.find()) {
            final int size = Integer.parseInt(named.group(1));
            if (size < frame) {
                throw new NicException("bsize=" + size + " is less than a frame of mtu " + mtu + " has, " + frame
                        + ", and net_memif mixes up frames of several buffers; set bsize to " + frame
                        + " or more, or leave it out, or set a smaller mtu");
            }
            return arguments;
        }
        if (frame <= USUAL_SIZE) {
            return arguments;
        }
        final int size = (frame + LINE - 1) / LINE * LINE;
        int log = USUAL_SLOTS_LOG;
        while ((long) size << log > RING_BYTES) {
            log--;
        }
        return arguments
                + (arguments.isEmpty() ? "" : ",")
                + "bsize=" + size
                + (SLOTS.matcher(arguments).find() ? "" : ",rsize=" + log);
    }
}
