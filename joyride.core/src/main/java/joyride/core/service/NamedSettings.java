package joyride.core.service;

import java.util.Map;
import java.util.TreeMap;
import joyride.api.admin.AdminException;
import joyride.core.engine.Engine;
import joyride.core.instance.Instance;

/** The sysctls that are names instead of numbers: which TCP variant and congestion control new connections get, and which there are. */
final class NamedSettings {
    static final String CC = "net.inet.tcp.cc.algorithm";
    static final String CC_AVAILABLE = "net.inet.tcp.cc.available";
    static final String VARIANT = "net.inet.tcp.functions_default";
    static final String VARIANTS_AVAILABLE = "net.inet.tcp.functions_available";

    private final Engine engine;
    private final LoopCalls calls;
    private final TcpServices services;

    NamedSettings(final Engine engine, final LoopCalls calls, final TcpServices services) {
        this.engine = engine;
        this.calls = calls;
        this.services = services;
    }

    static boolean has(final String name) {
        return switch (name) {
            case CC, CC_AVAILABLE, VARIANT, VARIANTS_AVAILABLE -> true;
            default -> false;
        };
    }

    /** @param id of the instance; 0: what new ones begin with */
    Map<String, String> values(final long id) {
        final Map<String, String> values = new TreeMap<>();
        values.put(CC_AVAILABLE, String.join(" ", services.names("cc")));
        values.put(VARIANTS_AVAILABLE, String.join(" ", services.names("tcp")));
        calls.run("sysctl", () -> {
            final Instance instance = id == 0 ? null : instance(id);
            values.put(CC, instance == null ? engine.defaultCongestionControl() : instance.congestionControl());
            values.put(VARIANT, instance == null ? engine.defaultVariant() : instance.variant());
        });
        return values;
    }

    /** Sets one: for an instance as {@code swap} does it, live connections included; else for new instances. */
    void set(final long id, final String name, final String value) {
        if (!name.equals(CC) && !name.equals(VARIANT)) {
            throw new AdminException(name + " tells what there is and cannot be set");
        }
        final String kind = name.equals(CC) ? "cc" : "tcp";
        final String wanted = value.trim();
        if (!services.names(kind).contains(wanted)) {
            throw new AdminException(
                    name + ": there is no '" + wanted + "'; there are " + String.join(", ", services.names(kind)));
        }
        if (id != 0) {
            services.swap(kind, wanted, id, "");
            return;
        }
        calls.run(
                "sysctl",
                () -> engine.defaults(
                        kind.equals("tcp") ? wanted : engine.defaultVariant(),
                        kind.equals("tcp") ? engine.defaultCongestionControl() : wanted));
    }

    private Instance instance(final long id) {
        for (final Instance instance : engine.instances()) {
            if (instance.id() == id) {
                return instance;
            }
        }
        throw new AdminException("there is no instance " + id + "; joyride:instances lists them");
    }
}
