package joyride.testkit.packetdrill;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import joyride.testkit.packetdrill.Sockets.Attempt;
import joyride.testkit.packetdrill.script.Value;
import joyride.testkit.simulation.MemoryEndpoint;

/** poll and ioctl: what a socket has to say of itself. */
final class Polling {
    private static final int POLLIN = 1;
    private static final int POLLPRI = 2;
    private static final int POLLOUT = 4;
    private static final int POLLERR = 8;
    private static final int POLLHUP = 16;
    private static final int POLLNVAL = 32;
    private static final int ALWAYS = POLLERR | POLLHUP | POLLNVAL;
    private static final int MOST = Integer.MAX_VALUE;

    private final Map<Integer, Descriptor> descriptors;

    Polling(final Map<Integer, Descriptor> descriptors) {
        this.descriptors = descriptors;
    }

    /** {@code poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 0) = 1}; waits if its third argument is not 0. */
    Attempt start(final List<Value> arguments) {
        if (!(arguments.getFirst() instanceof Value.Array(List<Value> entries))) {
            throw Mismatch.unsupported("poll of " + arguments.getFirst());
        }
        final boolean waits = Numbers.of(arguments.get(2)) != 0;
        return () -> {
            final List<Long> found = new ArrayList<>();
            for (final Value entry : entries) {
                found.add(events(fields(entry)));
            }
            final long ready = found.stream().filter(events -> events != 0).count();
            if (ready == 0 && waits) {
                return null;
            }
            for (int i = 0; i < entries.size(); i++) {
                compare(fields(entries.get(i)), found.get(i));
            }
            return ready;
        };
    }

    private static Map<String, Value> fields(final Value entry) {
        if (entry instanceof Value.Struct(Map<String, Value> fields)
                && fields.containsKey("fd")
                && fields.containsKey("events")) {
            return fields;
        }
        throw Mismatch.unsupported("poll's entry " + entry);
    }

    private static void compare(final Map<String, Value> fields, final long found) {
        final Value expected = fields.get("revents");
        if (expected != null && !(expected instanceof Value.Ellipsis) && Numbers.of(expected) != found) {
            throw Mismatch.of("revents of " + Numbers.of(fields.get("fd")) + " is 0x" + Long.toHexString(found)
                    + ", not 0x" + Long.toHexString(Numbers.of(expected)));
        }
    }

    private long events(final Map<String, Value> fields) {
        final Descriptor descriptor = descriptors.get((int) Numbers.of(fields.get("fd")));
        return descriptor == null ? POLLNVAL : Polling.state(descriptor) & (Numbers.of(fields.get("events")) | ALWAYS);
    }

    private static long state(final Descriptor descriptor) {
        final MemoryEndpoint endpoint = descriptor.endpoint;
        long events = 0;
        if (descriptor.listening ? endpoint.hasIncoming() : endpoint.readable(1) > 0 || endpoint.atEnd()) {
            events |= POLLIN;
        }
        if (endpoint.hasUrgent()) {
            events |= POLLPRI;
        }
        if (descriptor.hasError()) {
            events |= POLLERR | POLLIN | POLLOUT;
        }
        if (endpoint.isClosed() && !descriptor.listening) {
            events |= POLLHUP | POLLIN | POLLOUT;
        }
        if (endpoint.isConnected()
                && !endpoint.isSendClosed()
                && endpoint.sendRing().writable(1) > 0) {
            events |= POLLOUT;
        }
        return events;
    }

    /** @return 0 */
    static long ioctl(final Descriptor descriptor, final List<Value> arguments) {
        final MemoryEndpoint endpoint = descriptor.endpoint;
        final String name = Numbers.name(arguments.get(1));
        final long actual = switch (name) {
            case "FIONREAD", "SIOCINQ" -> endpoint.readable(MOST);
            case "FIONWRITE" ->
                endpoint.sendRing().produced() - endpoint.sendRing().released();
            case "SIOCATMARK" -> endpoint.atMark() ? 1 : 0;
            case "FIONBIO" -> {
                descriptor.nonBlocking = Numbers.of(arguments.get(2)) != 0;
                yield Numbers.of(arguments.get(2));
            }
            default -> throw Mismatch.unsupported("ioctl " + name);
        };
        final Value expected = arguments.get(2);
        if (!(expected instanceof Value.Ellipsis) && Numbers.of(expected) != actual) {
            throw Mismatch.of(name + " is " + actual + ", not " + Numbers.of(expected));
        }
        return 0;
    }
}
