package joyride.testkit.packetdrill;

import java.util.List;
import java.util.Map;
import joyride.testkit.packetdrill.script.Action.CallAction;
import joyride.testkit.packetdrill.script.Value;

/**
 * What a call that moves data asks for.
 *
 * @param bytes that it may move
 * @param flags MSG_…
 */
record Message(int bytes, long flags) {
    static Message of(final CallAction call) {
        final List<Value> arguments = call.arguments();
        return switch (call.name()) {
            case "read", "write" -> new Message((int) Numbers.of(arguments.get(2)), 0);
            case "readv", "writev" -> new Message(vector(arguments.get(1)), 0);
            case "recvmsg", "sendmsg" ->
                new Message(vector(header(arguments.get(1))), flags(call.name(), Numbers.of(arguments.get(2))));
            default ->
                new Message(
                        (int) Numbers.of(arguments.get(2)),
                        arguments.size() > 3 ? flags(call.name(), Numbers.of(arguments.get(3))) : 0);
        };
    }

    private static long flags(final String call, final long flags) {
        final long known = call.startsWith("recv")
                ? Numbers.MSG_OOB | Numbers.MSG_PEEK | Numbers.MSG_DONTWAIT | Numbers.MSG_WAITALL
                : Numbers.MSG_OOB | Numbers.MSG_DONTWAIT | Numbers.MSG_EOF | Numbers.MSG_NOSIGNAL;
        if ((flags & ~known) != 0) {
            throw Mismatch.unsupported(call + " with the flags 0x" + Long.toHexString(flags & ~known));
        }
        return flags;
    }

    /** struct msghdr. */
    private static Value header(final Value value) {
        if (value instanceof Value.Struct(Map<String, Value> fields)
                && fields.get("msg_iov") != null
                && !fields.containsKey("msg_control")) {
            return fields.get("msg_iov");
        }
        throw Mismatch.unsupported("the message " + value + "; one with msg_iov and without msg_control is known");
    }

    /** All bytes of an array of struct iovec. */
    private static int vector(final Value value) {
        long bytes = 0;
        if (value instanceof Value.Array(List<Value> pieces)) {
            for (final Value piece : pieces) {
                if (!(piece instanceof Value.Struct(Map<String, Value> fields)) || fields.get("iov_len") == null) {
                    throw Mismatch.unsupported("the vector's piece " + piece);
                }
                bytes += Numbers.of(fields.get("iov_len"));
            }
            return Math.toIntExact(bytes);
        }
        throw Mismatch.unsupported("the vector " + value);
    }

    boolean has(final long flag) {
        return (flags & flag) != 0;
    }
}
