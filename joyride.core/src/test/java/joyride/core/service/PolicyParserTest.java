package joyride.core.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.ProgramPolicy.Call;
import joyride.api.socket.ProgramPolicy.Decision;
import joyride.api.socket.TransportHost.Application;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.api.socket.TransportHost.PolicyRule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicyParserTest {
    private static final Application NGINX = new Application("/usr/sbin/nginx", "nginx", 33);
    private static final Application CURL = new Application("/usr/bin/curl", "curl", 1000);
    private static final List<PolicyRule> DERIVED =
            List.of(new PolicyRule(IpPrefix.parse("10.0.0.0/8"), PolicyAction.JOYRIDE));

    private static ProgramPolicy policy(final Application application, final String... rules) {
        final Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < rules.length; i++) {
            values.put("policy." + (i + 9), rules[i]);
        }
        return new ProgramPolicy(PolicyParser.parse(values).apply(application), DERIVED);
    }

    private static PolicyAction connecting(final ProgramPolicy policy, final String address, final int port) {
        return policy.decide(Call.CONNECT, IpAddress.parse(address), port).action();
    }

    private static PolicyAction listening(final ProgramPolicy policy, final String address, final int port) {
        return policy.decide(Call.LISTEN, IpAddress.parse(address), port).action();
    }

    @Test
    void shouldSendConnectionsInDatagramsAndNoneOtherwiseWhereARuleSaysSo() {
        final ProgramPolicy policy = policy(CURL, "port=443 -> udp:9899", "-> kernel");
        assertEquals(
                new Decision(PolicyAction.UDP, "policy.9", IpPrefix.parse("10.0.0.0/8"), 9899),
                policy.decide(Call.CONNECT, IpAddress.parse("10.0.0.1"), 443));
        assertEquals(PolicyAction.REFUSE, connecting(policy, "11.0.0.1", 443), "by the kernel it would go plainly");
        assertEquals(PolicyAction.KERNEL, connecting(policy, "10.0.0.1", 80));
        assertEquals(PolicyAction.KERNEL, listening(policy, "10.0.0.1", 443), "listeners are not concerned");
        for (final String wrong : List.of("-> udp:", "-> udp:0", "-> udp:65536", "call=listen -> udp:9899")) {
            assertThrows(IllegalArgumentException.class, () -> policy(CURL, wrong), wrong);
        }
    }

    @Test
    void shouldDecideByTheFirstRuleThatFitsProgramAddressAndPort() {
        final String[] rules = {
            "program=/usr/sbin/nginx port=80,8000-8080 -> joyride", "program=nginx -> kernel", "port=25 -> refuse"
        };
        final ProgramPolicy nginx = policy(NGINX, rules);
        assertEquals(PolicyAction.JOYRIDE, listening(nginx, "10.0.0.1", 80));
        assertEquals(PolicyAction.JOYRIDE, listening(nginx, "0.0.0.0", 8080));
        assertEquals(PolicyAction.KERNEL, listening(nginx, "10.0.0.1", 81));
        assertEquals(PolicyAction.KERNEL, connecting(nginx, "10.0.0.9", 25));
        final ProgramPolicy curl = policy(CURL, rules);
        assertEquals(PolicyAction.JOYRIDE, connecting(curl, "10.0.0.9", 81));
        assertEquals(PolicyAction.REFUSE, connecting(curl, "10.0.0.9", 25));
        assertEquals(PolicyAction.REFUSE, listening(curl, "0.0.0.0", 25));
    }

    @Test
    void shouldGoByNumberNotByText() {
        final ProgramRules rules = PolicyParser.parse(new TreeMap<>(
                Map.of("policy.100", "-> kernel", "policy.9", "port=80 -> refuse", "policy.20", "port=80 -> kernel")));
        assertEquals(
                List.of("policy.9", "policy.20", "policy.100"),
                rules.rules().stream().map(ProgramRules.Conditions::name).toList());
    }

    @Test
    void shouldKeepToRoutesWhenARuleSaysJoyride() {
        final ProgramPolicy policy = policy(CURL, "program=curl -> joyride", "-> kernel");
        assertEquals(PolicyAction.JOYRIDE, connecting(policy, "10.1.1.1", 443));
        assertEquals(PolicyAction.KERNEL, connecting(policy, "11.1.1.1", 443), "no route of Joyride's");
        assertEquals(
                PolicyAction.KERNEL,
                connecting(policy(NGINX, "program=curl -> joyride", "-> kernel"), "10.1.1.1", 443));
    }

    @Test
    void shouldTellWhichRuleDecided() {
        final ProgramPolicy policy = policy(CURL, "address=10.1.0.0/16,10.2.0.0/16 call=connect -> refuse");
        assertEquals(
                new Decision(PolicyAction.REFUSE, "policy.9", null),
                policy.decide(Call.CONNECT, IpAddress.parse("10.2.3.4"), 1));
        assertEquals(
                new Decision(PolicyAction.JOYRIDE, "", IpPrefix.parse("10.0.0.0/8")),
                policy.decide(Call.LISTEN, IpAddress.parse("10.2.3.4"), 1));
        assertEquals(
                new Decision(PolicyAction.KERNEL, "", null),
                policy.decide(Call.CONNECT, IpAddress.parse("1.2.3.4"), 1));
    }

    @Test
    void shouldFitUsersByNumberAndByName() {
        assertEquals(PolicyAction.KERNEL, connecting(policy(NGINX, "user=33 -> kernel"), "10.0.0.1", 1));
        assertEquals(PolicyAction.JOYRIDE, connecting(policy(CURL, "user=33 -> kernel"), "10.0.0.1", 1));
        final Application root = new Application("", "", 0);
        assertEquals(PolicyAction.KERNEL, connecting(policy(root, "user=root -> kernel"), "10.0.0.1", 1));
    }

    @Test
    void shouldFitNoProgramWhenTheServiceMayNotKnowIt() {
        assertEquals(
                PolicyAction.JOYRIDE,
                connecting(policy(new Application("", "x", 5), "program=curl -> kernel"), "10.0.0.1", 1));
    }

    /** Debian's redis-server is a link to redis-check-rdb. */
    @Test
    void shouldFitWhatAFileIsStartedAsAndFollowLinks(@TempDir final Path directory) throws Exception {
        final Path file = Files.createFile(directory.toRealPath().resolve("redis-check-rdb"));
        final Path link = Files.createSymbolicLink(directory.resolve("redis-server"), file);
        final Application redis = new Application(file.toString(), "redis-server", 0);
        for (final String program : List.of("redis-server", "redis-check-rdb", link.toString(), file.toString())) {
            assertEquals(
                    PolicyAction.KERNEL,
                    connecting(policy(redis, "program=" + program + " -> kernel"), "10.0.0.1", 1),
                    program);
        }
        assertEquals(PolicyAction.JOYRIDE, connecting(policy(redis, "program=redis-cli -> kernel"), "10.0.0.1", 1));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "port=80 | write 'CONDITION... -> joyride|kernel|refuse'",
                "port=80 -> bypass | 'bypass' is no action; write joyride, kernel, refuse or udp:PORT",
                "port=80 -> | write 'CONDITION",
                "port=http -> kernel | 'http' is no port; write a number in 0..65535, or FIRST-LAST",
                "port=90-80 -> kernel | '90-80' is no port",
                "port=65536 -> kernel | '65536' is no port",
                "port= -> kernel | 'port' has no value",
                "port=1 port=2 -> kernel | port is there two times",
                "prot=80 -> kernel | there is no condition 'prot'; write 'CONDITION",
                "call=bind -> kernel | there is no call 'bind'; write connect or listen",
                "user=no-such-user-here -> kernel | there is no user 'no-such-user-here'; write a name of this machine",
                "address=10.0.0.0/33 -> kernel | prefix length 33 of 10.0.0.0 is not in 0..32",
                "address=nonsense -> kernel | nonsense"
            })
    void shouldSayInOneLineWhatIsWrong(final String rule, final String expected) {
        final IllegalArgumentException thrown =
                assertThrows(IllegalArgumentException.class, () -> policy(CURL, rule.strip()));
        assertTrue(thrown.getMessage().startsWith("joyride.core: policy.9='"), thrown.getMessage());
        assertTrue(thrown.getMessage().contains(expected.strip()), thrown.getMessage());
        assertFalse(thrown.getMessage().contains("\n"));
    }

    @Test
    void shouldRefuseMoreThanAProgramsTableHolds() {
        final String ports = String.join(",", java.util.Collections.nCopies(97, "80"));
        final IllegalArgumentException thrown =
                assertThrows(IllegalArgumentException.class, () -> policy(CURL, "port=" + ports + " -> kernel"));
        assertTrue(thrown.getMessage().contains("97 pairs of address and port, at most 96"), thrown.getMessage());
    }

    @Test
    void shouldBeReadWithTheRestOfTheConfiguration() {
        final CoreConfiguration configuration = ConfigurationParser.parse(
                Map.of("policy.10", "program=nginx -> kernel", "policy.kernel", "10.9.0.0/16"));
        assertEquals(1, configuration.rules().rules().size());
        assertEquals(1, configuration.policy().size());
        assertThrows(IllegalArgumentException.class, () -> ConfigurationParser.parse(Map.of("policy.x", "-> kernel")));
    }
}
