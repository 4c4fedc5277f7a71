package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import joyride.testkit.live.Program;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The libc layer's own tests, which run on a test service in C elsewhere, on the real one. */
@Timeout(400)
final class LayerIT {
    private static final Path LAYER =
            Path.of("../joyride.libc").toAbsolutePath().normalize();
    private static final Pattern TEST = Pattern.compile("RUN\\((\\w+)\\)");
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** They need an address that the test service alone forbids, or its cookies. */
    private static final Set<String> NEEDS_TEST_SERVICE = Set.of("refused", "a_cookie_is_used_the_next_time");

    private static World world;

    @BeforeAll
    static void start() throws Exception {
        world = World.create().start();
    }

    @AfterAll
    static void stop() {
        if (world != null) {
            world.close();
        }
    }

    static Stream<Arguments> tests() {
        return Stream.of(
                        "echo_test",
                        "connect_test",
                        "option_test",
                        "signal_test",
                        "transfer_test",
                        "md5_test",
                        "urgent_test",
                        "fastopen_test",
                        "owner_test",
                        "epoll_test",
                        "fork_test",
                        "exec_test",
                        "descriptor_test")
                .flatMap(LayerIT::testsOf);
    }

    private static Stream<Arguments> testsOf(final String program) {
        try {
            final String source = Files.readString(LAYER.resolve("src/test/c/" + program + ".c"));
            return TEST.matcher(source).results().map((MatchResult found) -> Arguments.of(program, found.group(1)));
        } catch (final IOException e) {
            throw new IllegalStateException("no source of " + program, e);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("tests")
    void shouldPassOnTheRealServiceWhatPassesOnTheTestService(final String program, final String test)
            throws Exception {
        if (NEEDS_TEST_SERVICE.contains(test)) {
            return;
        }
        final Program.Result result = world.run(
                LIMIT,
                "env",
                "JOYRIDE_TEST_INNER=1",
                "JOYRIDE_TEST_SERVICE=0",
                "JOYRIDE_TEST_ADDRESS=127.77.8.1",
                LAYER.resolve("target/test/" + program).toString(),
                test);
        assertEquals(0, result.exitCode(), result.output());
        assertTrue(world.service().process().isAlive(), "the service has died");
    }
}
