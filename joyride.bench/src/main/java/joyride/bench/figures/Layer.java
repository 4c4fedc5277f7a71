package joyride.bench.figures;

import java.util.List;
import jdk.jfr.consumer.RecordedFrame;

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

    private final String title;

    Layer(final String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** @param frames the innermost first */
    static Layer of(final List<RecordedFrame> frames) {
        boolean system = false;
        for (final RecordedFrame frame : frames) {
            final String type = frame.getMethod().getType().getName();
            if (type.startsWith("joyride.linux.")) {
                system = true;
            }
            if (isCopy(type, frame.getMethod().getName())) {
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
    private static boolean sends(final RecordedFrame frame) {
        final String type = frame.getMethod().getType().getName();
        final String name = type.substring(type.lastIndexOf('.') + 1);
        return (type.startsWith("joyride.tcp.") || type.startsWith("joyride.core.tcp."))
                && (name.contains("Output") || name.contains("Transmission"));
    }
}
