package joyride.linux.bpf;

import java.lang.foreign.Arena;
import joyride.linux.Descriptors;

/** A program attached to an interface, for as long as this link is open: the kernel detaches it when the process dies too. */
public final class BpfLink implements AutoCloseable {
    /** Flag of {@link #xdp}: in the driver. */
    public static final int XDP_NATIVE = 1 << 2;

    /** Flag of {@link #xdp}: in the kernel's stack, for drivers that cannot do it themselves. */
    public static final int XDP_GENERIC = 1 << 1;

    private static final int ATTACH_XDP = 37;
    private static final int ATTACH_TCX_INGRESS = 46;

    private final int descriptor;
    private boolean closed;

    private BpfLink(final int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Attaches an XDP program (Linux 5.9).
     *
     * @param flags {@link #XDP_NATIVE} or {@link #XDP_GENERIC}
     * @throws BpfException EBUSY: another program is there; EOPNOTSUPP, EINVAL, ERANGE: the driver cannot
     */
    public static BpfLink xdp(final BpfProgram program, final int interfaceIndex, final int flags) throws BpfException {
        return attach("XDP program", program, interfaceIndex, ATTACH_XDP, flags);
    }

    /** Attaches a traffic control program to what comes in, in front of what is there (TCX, Linux 6.6). */
    public static BpfLink ingress(final BpfProgram program, final int interfaceIndex) throws BpfException {
        final int flagBefore = 1 << 3;
        return attach("traffic control program", program, interfaceIndex, ATTACH_TCX_INGRESS, flagBefore);
    }

    private static BpfLink attach(
            final String what, final BpfProgram program, final int interfaceIndex, final int type, final int flags)
            throws BpfException {
        try (Arena arena = Arena.ofConfined()) {
            final int result = new BpfCall(arena)
                    .put(0, program.descriptor())
                    .put(4, interfaceIndex)
                    .put(8, type)
                    .put(12, flags)
                    .call(BpfCall.LINK_CREATE);
            if (result < 0) {
                throw BpfCall.failed(what + " on interface " + interfaceIndex, result);
            }
            return new BpfLink(result);
        }
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Descriptors.close(descriptor);
        }
    }
}
