package joyride.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.Descriptors;
import joyride.linux.HeldSignals;

/** A program that the kernel's verifier has accepted. Configuration threads. */
public final class BpfProgram implements AutoCloseable {
    /** What kind of hook a program is for. */
    public enum Type {
        /** BPF_PROG_TYPE_SOCKET_FILTER */
        SOCKET_FILTER(1),
        /** BPF_PROG_TYPE_SCHED_CLS: classifier of traffic control */
        TRAFFIC_CONTROL(3),
        /** BPF_PROG_TYPE_XDP */
        XDP(6);

        private final int number;

        Type(final int number) {
            this.number = number;
        }
    }

    /** Flag of {@link #load}: an XDP program that takes frames of several buffers. */
    public static final int FRAGMENTS = 1 << 5;

    private static final int LOG_SIZE = 64 * 1024;
    private static final int ATTACH_TYPE_XDP = 37;

    private final int descriptor;
    private boolean closed;

    private BpfProgram(final int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Loads a program.
     *
     * @param name for bpftool
     * @param code what {@link Assembler#assemble} made
     * @throws BpfException with the verifier's log if it was the verifier that refused it
     */
    public static BpfProgram load(final String name, final Type type, final long[] code, final int flags)
            throws BpfException {
        int result = load(name, type, code, flags, MemorySegment.NULL);
        if (result >= 0) {
            return new BpfProgram(result);
        }
        if (result == -BpfCall.EPERM || result == -BpfCall.ENOSYS) {
            throw BpfCall.failed("BPF program " + name, result);
        }
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment log = arena.allocate(LOG_SIZE);
            result = load(name, type, code, flags, log);
            if (result >= 0) {
                return new BpfProgram(result);
            }
            final String text = log.getString(0).strip();
            final BpfException failed = BpfCall.failed("BPF program " + name, result);
            throw text.isEmpty() ? failed : new BpfException(failed.getMessage() + "; verifier:\n" + text, -result);
        }
    }

    private static int load(
            final String name, final Type type, final long[] code, final int flags, final MemorySegment log) {
        // A signal ends the verifier with EAGAIN, and net_tap's come with every frame.
        try (Arena arena = Arena.ofConfined();
                HeldSignals _ = new HeldSignals()) {
            return new BpfCall(arena)
                    .put(0, type.number)
                    .put(4, code.length)
                    .put(8, arena.allocateFrom(ValueLayout.JAVA_LONG, code).address())
                    .put(16, arena.allocateFrom("BSD").address())
                    .put(24, log.byteSize() > 0 ? 1 : 0)
                    .put(28, (int) log.byteSize())
                    .put(32, log.address())
                    .put(44, flags)
                    .name(48, name)
                    .put(68, type == Type.XDP ? ATTACH_TYPE_XDP : 0)
                    .call(BpfCall.PROGRAM_LOAD);
        }
    }

    /** The program's file descriptor; it stays this object's. */
    public int descriptor() {
        return descriptor;
    }

    /**
     * Runs the program once on a frame, attached to nothing (BPF_PROG_TEST_RUN).
     *
     * @return what the program returned
     * @throws BpfException where the kernel cannot
     */
    public int run(final byte[] frame) throws BpfException {
        try (Arena arena = Arena.ofConfined();
                HeldSignals _ = new HeldSignals()) {
            final MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_BYTE, frame);
            final BpfCall call = new BpfCall(arena)
                    .put(0, descriptor)
                    .put(8, frame.length)
                    .put(16, in.address())
                    .put(32, 1);
            final int result = call.call(BpfCall.PROGRAM_TEST_RUN);
            if (result < 0) {
                throw BpfCall.failed("test run of a BPF program", result);
            }
            return call.get(4);
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
