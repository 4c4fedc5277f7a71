package joyride.testkit.packetdrill;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.HashMap;
import java.util.Map;
import joyride.api.socket.Errno;
import joyride.testkit.packetdrill.script.Value;

/** Numbers behind the names in scripts. */
final class Numbers {
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int MSG_OOB = 1;
    static final int MSG_PEEK = 2;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_WAITALL = 0x100;
    static final int MSG_EOF = 0x200;
    static final int MSG_NOSIGNAL = 0x4000;

    private static final Map<String, Long> SYMBOLS = Map.ofEntries(
            Map.entry("O_RDWR", (long) O_RDWR),
            Map.entry("O_NONBLOCK", (long) O_NONBLOCK),
            Map.entry("SHUT_RD", 0L),
            Map.entry("SHUT_WR", 1L),
            Map.entry("SHUT_RDWR", 2L),
            Map.entry("MSG_OOB", (long) MSG_OOB),
            Map.entry("MSG_PEEK", (long) MSG_PEEK),
            Map.entry("O_RDONLY", 0L),
            Map.entry("O_WRONLY", 1L),
            Map.entry("FD_CLOEXEC", 1L),
            Map.entry("MSG_DONTWAIT", (long) MSG_DONTWAIT),
            Map.entry("MSG_WAITALL", (long) MSG_WAITALL),
            Map.entry("MSG_EOF", (long) MSG_EOF),
            Map.entry("MSG_NOSIGNAL", (long) MSG_NOSIGNAL),
            Map.entry("POLLIN", 1L),
            Map.entry("POLLPRI", 2L),
            Map.entry("POLLOUT", 4L),
            Map.entry("POLLERR", 8L),
            Map.entry("POLLHUP", 16L),
            Map.entry("POLLNVAL", 32L),
            Map.entry("POLLRDNORM", 1L),
            Map.entry("POLLWRNORM", 4L),
            Map.entry("IPTOS_DSCP_VA", 0xb0L),
            Map.entry("IPTOS_DSCP_CS0", 0x00L),
            Map.entry("IPTOS_DSCP_CS1", 0x20L),
            Map.entry("IPTOS_DSCP_CS2", 0x40L),
            Map.entry("IPTOS_DSCP_CS3", 0x60L),
            Map.entry("IPTOS_DSCP_CS4", 0x80L),
            Map.entry("IPTOS_DSCP_CS5", 0xa0L),
            Map.entry("IPTOS_DSCP_CS6", 0xc0L),
            Map.entry("IPTOS_DSCP_CS7", 0xe0L),
            Map.entry("IPTOS_DSCP_EF", 0xb8L),
            Map.entry("IPTOS_LOWDELAY", 0x10L),
            Map.entry("IPTOS_THROUGHPUT", 0x08L));

    private static final Map<String, Integer> ERRNOS = errnos();

    private Numbers() {}

    private static Map<String, Integer> errnos() {
        final Map<String, Integer> numbers = new HashMap<>();
        for (final Field field : Errno.class.getFields()) {
            if (Modifier.isStatic(field.getModifiers())) {
                try {
                    numbers.put(field.getName(), field.getInt(null));
                } catch (final IllegalAccessException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
        numbers.put("EWOULDBLOCK", Errno.EAGAIN);
        return numbers;
    }

    /** @throws Mismatch if there is no such error here */
    static int errno(final String name) {
        final Integer number = ERRNOS.get(name);
        if (number == null) {
            throw Mismatch.unsupported("errno " + name);
        }
        return number;
    }

    static String errnoName(final long number) {
        return ERRNOS.entrySet().stream()
                .filter(entry -> entry.getValue() == number && !entry.getKey().equals("EWOULDBLOCK"))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("errno " + number);
    }

    /** The number that an argument stands for. @throws Mismatch if a name is not known */
    static long of(final Value value) {
        return switch (value) {
            case Value.Number(long number) -> number;
            case Value.Names(var names) -> {
                long bits = 0;
                for (final String name : names) {
                    bits |= symbol(name);
                }
                yield bits;
            }
            case Value.Array(var values) when values.size() == 1 -> of(values.getFirst());
            default -> throw Mismatch.unsupported("the argument " + value);
        };
    }

    private static long symbol(final String name) {
        if (name.matches("-?\\d.*")) {
            return Long.decode(name);
        }
        final Long number = SYMBOLS.get(name);
        if (number != null) {
            return number;
        }
        if (name.matches("IPTOS_DSCP_AF[1-4][1-3]")) {
            return (name.charAt(13) - '0') << 5 | (name.charAt(14) - '0') << 3;
        }
        final Integer errno = ERRNOS.get(name);
        if (errno == null) {
            throw Mismatch.unsupported("the name " + name);
        }
        return errno;
    }

    /** A name alone, such as an option's. */
    static String name(final Value value) {
        if (value instanceof Value.Names(var names) && names.size() == 1) {
            return names.getFirst();
        }
        throw Mismatch.unsupported("the argument " + value);
    }
}
