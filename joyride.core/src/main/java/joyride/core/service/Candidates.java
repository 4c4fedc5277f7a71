package joyride.core.service;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Services of one kind by name; of several with one name the highest ranked counts, of equals the eldest, as OSGi has it. */
final class Candidates<T> {
    private final List<Candidate<T>> all = new ArrayList<>();

    /** By name, what counts before the ranking. */
    private final Map<String, Candidate<T>> preferred = new HashMap<>();

    synchronized void add(final Candidate<T> candidate) {
        all.add(candidate);
        all.sort(Comparator.<Candidate<T>>comparingInt(c -> -c.ranking()).thenComparingLong(Candidate::id));
    }

    /** Lets what {@code bundle} offers count before all others until anything of its name goes. @return the names */
    synchronized List<String> prefer(final String bundle) {
        final List<String> names = new ArrayList<>();
        for (final Candidate<T> candidate : all) {
            if (candidate.bundle().equals(bundle)) {
                preferred.put(candidate.name(), candidate);
                names.add(candidate.name());
            }
        }
        return names;
    }

    /** @return the one that offered {@code service}, or null */
    synchronized Candidate<T> remove(final T service) {
        for (final Candidate<T> candidate : all) {
            if (candidate.service() == service) {
                all.remove(candidate);
                preferred.remove(candidate.name());
                return candidate;
            }
        }
        return null;
    }

    /** @return null if none is called {@code name} */
    Candidate<T> best(final String name) {
        return best(name, service -> true);
    }

    /** @return null if none that is {@code fit} is called {@code name} */
    synchronized Candidate<T> best(final String name, final Predicate<T> fit) {
        final Candidate<T> first = preferred.get(name);
        if (first != null && fit.test(first.service())) {
            return first;
        }
        for (final Candidate<T> candidate : all) {
            if (candidate.name().equals(name) && fit.test(candidate.service())) {
                return candidate;
            }
        }
        return null;
    }

    synchronized List<Candidate<T>> all() {
        return List.copyOf(all);
    }

    synchronized List<String> names() {
        return all.stream().map(Candidate::name).distinct().sorted().toList();
    }
}
