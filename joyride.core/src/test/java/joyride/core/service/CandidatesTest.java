package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which of several services of one name counts. */
class CandidatesTest {
    private final Candidates<String> candidates = new Candidates<>();

    @BeforeEach
    void offer() {
        add("b", 5, 2, "ranked 1");
        add("a", 0, 1, "elder 1");
        add("c", 0, 3, "younger 1");
    }

    private void add(final String service, final int ranking, final long id, final String bundle) {
        candidates.add(new Candidate<>("name", service, ranking, id, bundle));
    }

    private String best() {
        return candidates.best("name").service();
    }

    @Test
    void shouldTakeTheHighestRankedAndOfEqualsTheEldest() {
        assertEquals("b", best());
        candidates.remove("b");
        assertEquals("a", best());
        candidates.remove("a");
        assertEquals("c", best());
        candidates.remove("c");
        assertNull(candidates.best("name"));
    }

    @Test
    void shouldTakeThePreferredOneBeforeAllOthersUntilOneOfTheNameGoes() {
        assertEquals(List.of("name"), candidates.prefer("younger 1"));
        assertEquals("c", best());
        add("d", 9, 4, "higher 1");
        assertEquals("c", best());
        candidates.remove("a");
        assertEquals("d", best());
    }

    @Test
    void shouldTakeAnotherWhenThePreferredOneIsNotFit() {
        candidates.prefer("younger 1");
        assertEquals(
                "b", candidates.best("name", service -> !service.equals("c")).service());
    }

    @Test
    void shouldPreferNothingWhenTheBundleOffersNothing() {
        assertEquals(List.of(), candidates.prefer("stranger 1"));
        assertEquals("b", best());
    }
}
