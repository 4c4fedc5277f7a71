package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules by program and port, for programs that were started before and after they changed, and what the console says of it. */
@Timeout(200)
final class PolicyIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String ADDRESS = "127.77.10.1";
    private static final String RULES =
            "policy.10 = program=redis-server port=6401 -> kernel\npolicy.20 = call=connect port=6402 -> refuse\n";

    private World world;

    @BeforeEach
    void start() throws Exception {
        Machine.needs("redis-server", "redis-cli");
        world = World.create().start(RULES);
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private String probe(final int port) throws IOException, InterruptedException {
        return world.run(LIMIT, Machine.own("probe"), "connect", ADDRESS, Integer.toString(port))
                .checked("probe")
                .strip();
    }

    private String listeners() throws IOException, InterruptedException {
        return world.service().shell("joyride:sockets -l");
    }

    @Test
    void shouldFollowTheRulesAndTheirChangeAndSayWhy() throws Exception {
        Redis.start(world, ADDRESS, 6400);
        Redis.start(world, ADDRESS, 6401);
        assertEquals("joyride secure 0", probe(6400));
        assertEquals("kernel secure 0", probe(6401));
        assertEquals("failed 13 secure 0", probe(6402), "EACCES");
        String listeners = listeners();
        assertTrue(Pattern.compile(":6400 .* yes ").matcher(listeners).find(), listeners);
        assertTrue(
                Pattern.compile(":6401 .* no .*rule policy\\.10 says kernel")
                        .matcher(listeners)
                        .find(),
                listeners);
        world.configure("policy.5 = program=probe port=6400 -> kernel\n");
        world.service()
                .process()
                .await("the rules are in force", LIMIT, () -> probe(6402).startsWith("failed 111"));
        assertEquals("kernel secure 0", probe(6400));
        Redis.start(world, ADDRESS, 6403);
        assertEquals("joyride secure 0", probe(6403), "no rule is left about redis-server");
    }

    @Test
    void shouldKeepTheRulesBeforeWhenOneIsWrong() throws Exception {
        world.configure(RULES + "policy.30 = port=eighty -> kernel\n");
        world.service()
                .process()
                .await(
                        "the service says what is wrong",
                        LIMIT,
                        () -> world.service().process().output().contains("'eighty' is no port"));
        assertEquals("failed 13 secure 0", probe(6402));
    }
}
