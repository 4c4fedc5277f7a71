package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Mapped memory, and anonymous files to share it with other processes. */
public final class Mappings {
    public static final int PROT_READ = 1;
    public static final int PROT_WRITE = 2;
    public static final int MAP_SHARED = 1;
    public static final int MAP_PRIVATE = 2;
    public static final int MAP_FIXED = 0x10;
    public static final int MAP_ANONYMOUS = 0x20;
    public static final int MAP_NORESERVE = 0x4000;
    public static final int MAP_POPULATE = 0x8000;

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int SEAL_SEAL_SHRINK_GROW = 1 | 2 | 4;

    private static final MethodHandle MEMFD_CREATE = Libc.call("memfd_create", INT, LONG, INT);
    private static final MethodHandle FTRUNCATE = Libc.call("ftruncate", INT, INT, LONG);
    private static final MethodHandle MMAP = Libc.call("mmap", LONG, LONG, LONG, INT, INT, INT, LONG);
    private static final MethodHandle MUNMAP = Libc.call("munmap", INT, LONG, LONG);

    private Mappings() {}

    /** A descriptor of an anonymous file of {@code size} bytes that nobody can grow, shrink or unseal. Allocates. @param name for people */
    public static int sealedFile(final String name, final long size) {
        try (Arena arena = Arena.ofConfined()) {
            final int fd = create(arena.allocateFrom(name).address(), MFD_CLOEXEC | MFD_ALLOW_SEALING);
            if (fd < 0) {
                return fd;
            }
            int failed = truncate(fd, size);
            if (failed == 0) {
                failed = Descriptors.control(fd, F_ADD_SEALS, SEAL_SEAL_SHRINK_GROW);
            }
            if (failed < 0) {
                Descriptors.close(fd);
                return failed;
            }
            return fd;
        }
    }

    private static int create(final long name, final int flags) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) MEMFD_CREATE.invokeExact(errno, name, flags));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    private static int truncate(final int fd, final long size) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) FTRUNCATE.invokeExact(errno, fd, size));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** Maps {@code size} bytes of {@code fd}, shared, readable and writable. @return the address */
    public static long share(final int fd, final long size) {
        return map(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    }

    /** Puts empty private memory where a mapping is, so that late accesses stay harmless. */
    public static long blank(final long address, final long size) {
        return map(
                address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    }

    /** mmap(2). @return the address */
    public static long map(
            final long address,
            final long size,
            final int protection,
            final int flags,
            final int fd,
            final long offset) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (long) MMAP.invokeExact(errno, address, size, protection, flags, fd, offset));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    /** munmap(2). */
    public static int unmap(final long address, final long size) {
        final MemorySegment errno = Libc.errno();
        try {
            return Libc.result(errno, (int) MUNMAP.invokeExact(errno, address, size));
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }
}
