package joyride.core.service;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import joyride.api.admin.StackAdmin.InterfaceView;
import joyride.api.admin.StackAdmin.VariantView;
import joyride.api.nic.NicDriver;

/** What the console shows of ports and drivers. Guarded by {@link Ports}. */
final class PortViews {
    private final ServedInterfaces interfaces;
    private final Candidates<NicDriver> drivers;
    private final Set<NicDriver> stuck;
    private final KernelSharing sharing;

    PortViews(
            final ServedInterfaces interfaces,
            final Candidates<NicDriver> drivers,
            final Set<NicDriver> stuck,
            final KernelSharing sharing) {
        this.interfaces = interfaces;
        this.drivers = drivers;
        this.stuck = stuck;
        this.sharing = sharing;
    }

    /** What drivers count, and what guards kept from the kernel, by {@code NAME port}. */
    Map<String, Map<String, Long>> counters() {
        final Map<String, Long> guarded = sharing.guarded();
        final Map<String, Map<String, Long>> all = new LinkedHashMap<>();
        for (final ServedInterface served : interfaces.all()) {
            final Map<String, Long> counters = served.counters();
            if (guarded.containsKey(served.name())) {
                counters.put("guard.kept", guarded.get(served.name()));
            }
            if (!counters.isEmpty()) {
                all.put(served.name() + " port", counters);
            }
        }
        return all;
    }

    /** The views of the network layer with what it does not know: drivers, and why there is no port. */
    List<InterfaceView> complete(final List<InterfaceView> views) {
        return views.stream()
                .map(view -> {
                    final ServedInterface served = interfaces.find(view.name());
                    return served == null ? view : served.complete(view);
                })
                .toList();
    }

    List<VariantView> drivers() {
        final List<VariantView> views = new ArrayList<>();
        for (final Candidate<NicDriver> candidate : drivers.all()) {
            final long ports = interfaces.all().stream()
                    .filter(served -> served.driver == candidate && served.port != null)
                    .count();
            views.add(new VariantView("nic", candidate.name(), candidate.bundle(), state(candidate, ports), ports));
        }
        return views;
    }

    private String state(final Candidate<NicDriver> candidate, final long ports) {
        if (stuck.contains(candidate.service())) {
            return "stuck";
        }
        if (ports > 0) {
            return "in service";
        }
        return interfaces.all().stream().anyMatch(served -> served.refused.contains(candidate.service()))
                ? "refused"
                : "waiting";
    }
}
