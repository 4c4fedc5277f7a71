package joyride.core.tcp;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import joyride.api.tcp.CongestionControl;
import joyride.api.tcp.TcpVariant;
import joyride.core.transport.HandOver;

/** The variants and congestion controls in service, by name, and the passing of connections from one to the next. */
final class Variants {
    private final NewReno newReno = new NewReno();
    private final Map<String, TcpVariant> variants = new HashMap<>();
    private final Map<String, CongestionControl> congestionControls = new HashMap<>();
    private final Collection<TcpInstance> instances;

    /** @param instances all of the loop's, a view */
    Variants(final Collection<TcpInstance> instances) {
        this.instances = instances;
        congestionControls.put(NewReno.ALGORITHM, newReno);
    }

    /** What the connection's socket chose, if that is there, or else its instance's; null: none is in service. */
    TcpVariant variantFor(final TcpConnection connection) {
        final TcpSocket socket = connection.socket;
        final String own = socket == null ? null : socket.options().variant;
        final TcpVariant chosen = own == null ? null : variants.get(own);
        return chosen != null
                ? chosen
                : variants.get(connection.instance.owner().variant());
    }

    /** @return null: there is none in service */
    TcpVariant variant(final String name) {
        return variants.get(name);
    }

    CongestionControl fallback() {
        return newReno;
    }

    boolean hasCongestionControl(final String name) {
        return congestionControls.containsKey(name);
    }

    /** @param own null: the instance's */
    CongestionControl congestionControl(final String own, final TcpInstance instance) {
        return congestionControls.getOrDefault(
                own != null ? own : instance.owner().congestionControl(), newReno);
    }

    CongestionControl congestionControlFor(final TcpConnection connection) {
        final String name = connection.wantedCc != null
                ? connection.wantedCc
                : connection.instance.owner().congestionControl();
        return congestionControls.getOrDefault(name, newReno);
    }

    void variant(final String name, final TcpVariant variant) {
        if (variant == null) {
            variants.remove(name);
        } else {
            variants.put(name, variant);
        }
    }

    void congestionControl(final String name, final CongestionControl control) {
        if (control == null) {
            congestionControls.remove(name);
            congestionControls.putIfAbsent(NewReno.ALGORITHM, newReno);
        } else {
            congestionControls.put(name, control);
        }
    }

    int handOver(final HandOver progress, final int most) {
        int done = 0;
        for (final TcpInstance instance : List.copyOf(instances)) {
            for (int i = 0; i < instance.connectionCount() && done < most; i++) {
                final TcpConnection connection = instance.connection(i);
                final TcpVariant variant = variantFor(connection);
                if (connection.variant != variant && (variant == null || connection.refusedBy != variant)) {
                    done++;
                    final String refusal = instance.succession().switchVariant(connection, variant);
                    if (refusal == null) {
                        progress.moved();
                    } else {
                        connection.refusedBy = variant;
                        progress.refused(refusal);
                    }
                    if (!connection.alive) {
                        i = -1; // connections changed places
                        continue;
                    }
                }
                final CongestionControl control = congestionControlFor(connection);
                if (connection.cc != control) {
                    done++;
                    instance.succession().switchCongestionControl(connection, control);
                    progress.moved();
                }
            }
        }
        return done;
    }

    long users(final Object variantOrControl) {
        final Object wanted = variantOrControl == null ? newReno : variantOrControl;
        long users = 0;
        for (final TcpInstance instance : instances) {
            for (int i = 0; i < instance.connectionCount(); i++) {
                final TcpConnection connection = instance.connection(i);
                if (connection.variant == wanted || connection.cc == wanted) {
                    users++;
                }
            }
        }
        return users;
    }
}
