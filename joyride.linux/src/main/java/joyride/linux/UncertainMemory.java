package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * This process's memory at addresses that another thread may unmap at any moment: the kernel copies, so that what is gone is an errno and no
 * SIGSEGV. A system call each, some 0.3 µs. Of one thread at a time.
 */
public final class UncertainMemory implements AutoCloseable {
    private static final MethodHandle READ = Libc.call("process_vm_readv", LONG, INT, LONG, LONG, LONG, LONG, LONG);
    private static final MethodHandle WRITE = Libc.call("process_vm_writev", LONG, INT, LONG, LONG, LONG, LONG, LONG);
    private static final int VECTOR = 16;
    private static final int THERE = VECTOR;
    private static final int VALUE = 2 * VECTOR;

    private final int process = (int) ProcessHandle.current().pid();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment room = arena.allocate(VALUE + Long.BYTES, 8);

    /** Reads 8 bytes into {@link #value}. @return 8, or {@code -errno} */
    public int read(final long address) {
        aim(address, Long.BYTES);
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(
                    errno, (long) READ.invokeExact(errno, process, room.address(), 1L, room.address() + THERE, 1L, 0L));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** What the last {@link #read} found. */
    public long value() {
        return room.get(ValueLayout.JAVA_LONG, VALUE);
    }

    /** Writes 2 bytes. @return 2, or {@code -errno} */
    public int write(final long address, final short value) {
        aim(address, Short.BYTES);
        room.set(ValueLayout.JAVA_SHORT, VALUE, value);
        final MemorySegment errno = Libc.errno();
        try {
            return (int) Libc.result(errno, (long)
                    WRITE.invokeExact(errno, process, room.address(), 1L, room.address() + THERE, 1L, 0L));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private void aim(final long address, final long bytes) {
        room.set(ValueLayout.JAVA_LONG, 0, room.address() + VALUE);
        room.set(ValueLayout.JAVA_LONG, Long.BYTES, bytes);
        room.set(ValueLayout.JAVA_LONG, THERE, address);
        room.set(ValueLayout.JAVA_LONG, THERE + Long.BYTES, bytes);
    }

    @Override
    public void close() {
        arena.close();
    }
}
