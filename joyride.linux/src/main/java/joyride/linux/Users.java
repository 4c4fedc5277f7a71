package joyride.linux;

import static joyride.linux.Libc.INT;
import static joyride.linux.Libc.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The system's users. For control paths: may ask a directory service, and wait for it. */
public final class Users {
    /** No such user. */
    public static final int NONE = -1;

    /** Of pw_uid in struct passwd, behind name and password. */
    private static final int UID = 16;

    private static final MethodHandle GETPWNAM = Libc.plain("getpwnam", LONG, LONG);

    private Users() {}

    /** The number of a user by name, {@link #NONE} if there is none. Allocates. */
    public static synchronized int id(final String name) {
        try (Arena arena = Arena.ofConfined()) {
            final long entry = find(arena.allocateFrom(name).address());
            return entry == 0 ? NONE : entry(entry).get(INT, UID);
        }
    }

    private static long find(final long name) {
        try {
            return (long) GETPWNAM.invokeExact(name);
        } catch (final Throwable e) {
            throw Libc.unexpected(e);
        }
    }

    @SuppressWarnings("restricted")
    private static MemorySegment entry(final long address) {
        return MemorySegment.ofAddress(address).reinterpret(UID + 4L);
    }
}
