package joyride.bench.figures;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** A part of the service that a sample of its loop belongs to, by the packages and classes on the stack. */
enum Layer {
    DRIVER("driver"),
    IP("IP"),
    TCP_IN("TCP in"),
    TCP_OUT("TCP out"),
    COPY("copy"),
    RINGS("rings"),
    WAKE_UP("wake-up"),
    OTHER("other");

    /**
     * Methods that copy whole payloads. JFR does not see the JVM's copying stub: a sample of it is found in the frame that called the stub, with whatever was inlined between
     * gone, since a leaf call has no place of its own in compiled code's debug information.
     */
    static final Map<String, Set<String>> COPYING = Map.of(
            "joyride.core.tcp.Payload", Set.of("copy", "copyAndSum"),
            "joyride.ipc.shm.ShmReceiveRing", Set.of("write"),
            "joyride.nic.memif.Receiver", Set.of("copied", "several"),
            "joyride.nic.memif.CheckedCopy", Set.of("copy"),
            "joyride.nic.dpdk.Receiver", Set.of("join"));

    private final String title;

    /** A frame of a stack. @param type the class's name */
    record Frame(String type, String method) {}

    Layer(final String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** @param frames the innermost first */
    static Layer of(final List<Frame> frames) {
        if (!frames.isEmpty()
                && COPYING.getOrDefault(frames.getFirst().type(), Set.of())
                        .contains(frames.getFirst().method())) {
            return COPY;
        }
        boolean system = false;
        for (final Frame frame : frames) {
            final String type = frame.type();
            if (type.startsWith("joyride.linux.")) {
                system = true;
            }
            if (isCopy(type, frame.method())) {
                return COPY;
            }
            if (type.startsWith("joyride.nic.")) {
                return DRIVER;
            }
            if (type.startsWith("joyride.core.link.") || type.startsWith("joyride.core.ip.")) {
                return IP;
            }
            if (type.startsWith("joyride.tcp.") || type.startsWith("joyride.core.tcp.")) {
                return frames.stream().anyMatch(Layer::sends) ? TCP_OUT : TCP_IN;
            }
            if (type.startsWith("joyride.ipc.")) {
                return system ? WAKE_UP : RINGS;
            }
            if (type.startsWith("joyride.core.engine.")) {
                return system ? WAKE_UP : OTHER;
            }
        }
        return system ? WAKE_UP : OTHER;
    }

    private static boolean isCopy(final String type, final String method) {
        return type.startsWith("joyride.core.memory.")
                || type.equals("joyride.api.memory.Memory") && method.startsWith("copy");
    }

    /** What FreeBSD's output and its helpers are called here; who answers a segment by sending is both, and counts as out. */
    private static boolean sends(final Frame frame) {
        final String type = frame.type();
        final String name = type.substring(type.lastIndexOf('.') + 1);
        return (type.startsWith("joyride.tcp.") || type.startsWith("joyride.core.tcp."))
                && (name.contains("Output") || name.contains("Transmission"));
    }
}
