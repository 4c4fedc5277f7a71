package joyride.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import joyride.api.admin.StackAdmin.SwapView;
import org.junit.jupiter.api.Test;

/** What a command says of the parts that it replaced. */
final class SwapReportTest {
    private List<SwapView> swaps = List.of();

    private final SwapReport report = SwapReport.begin(new Admin(new FakeAdmin() {
        @Override
        public List<SwapView> swaps() {
            return swaps;
        }
    }));

    private static SwapView view(
            final long millis, final String kind, final String where, final String to, final long pause) {
        return new SwapView(millis, kind, where, "-", to, pause, 0, 42);
    }

    @Test
    void shouldSayOnceWhatSeveralPartsCostAlike() throws InterruptedException {
        swaps = List.of(
                view(Long.MAX_VALUE, "cc", "all", "chd (joyride.tcp.cc 1)", 0),
                view(Long.MAX_VALUE, "cc", "all", "cubic (joyride.tcp.cc 1)", 0),
                view(Long.MAX_VALUE, "cc", "all", "htcp (joyride.tcp.cc 1)", 1500));
        assertEquals(
                String.join(
                        System.lineSeparator(),
                        "",
                        "cc chd, cc cubic of all: 0.0 ms without service, 42 segments in the second after",
                        "cc htcp of all: 1.5 ms without service, 42 segments in the second after"),
                report.lines());
    }

    @Test
    void shouldSayNothingOfWhatWasReplacedBefore() throws InterruptedException {
        swaps = List.of(view(0, "cc", "all", "chd (joyride.tcp.cc 1)", 0));
        assertEquals("", report.lines());
    }
}
