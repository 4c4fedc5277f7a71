package joyride.core.link;

import joyride.core.counters.CounterStore;

/** What neighbour discovery counts on each link. */
enum NdCounter {
    SOLICITATIONS_IN("neighbour solicitations received"),
    SOLICITATIONS_OUT("neighbour solicitations sent"),
    ADVERTISEMENTS_IN("neighbour advertisements received"),
    ADVERTISEMENTS_OUT("neighbour advertisements sent"),
    ROUTER_SOLICITATIONS_OUT("router solicitations sent"),
    ROUTER_ADVERTISEMENTS_IN("router advertisements received"),
    REDIRECTS_IN("redirects received and followed"),
    REPORTS_OUT("multicast listener reports sent"),
    DUPLICATES("addresses that were to be ours and that another station has"),
    CONFLICTS("others that claimed an address of ours"),
    TIMEOUTS("neighbours that did not answer");

    private final String description;

    NdCounter(final String description) {
        this.description = description;
    }

    static CounterStore.Description describe() {
        final NdCounter[] all = values();
        final String[] names = new String[all.length];
        final String[] descriptions = new String[all.length];
        for (int i = 0; i < all.length; i++) {
            names[i] = all[i].name().toLowerCase(java.util.Locale.ROOT).replace('_', '.');
            descriptions[i] = all[i].description;
        }
        return new CounterStore.Description(names, descriptions);
    }
}
