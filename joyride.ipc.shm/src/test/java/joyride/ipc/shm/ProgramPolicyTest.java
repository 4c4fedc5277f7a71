package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.*;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import joyride.api.memory.Memory;
import joyride.api.net.IpPrefix;
import joyride.api.socket.Errno;
import joyride.api.socket.ProgramPolicy;
import joyride.api.socket.TransportHost.PolicyAction;
import joyride.linux.Processes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the policy says to a program reaches it, and holds where the program does not look. */
class ProgramPolicyTest {
    @TempDir
    Path directory;

    private Rig rig;
    private SyntheticProgram program;

    @BeforeEach
    void attach() {
        rig = new Rig(directory);
        program = rig.program("program");
    }

    @AfterEach
    void detach() {
        rig.close();
    }

    private static ProgramPolicy.Rule rule(
            final String prefix, final int first, final int last, final PolicyAction action) {
        return new ProgramPolicy.Rule(
                "policy.1", true, true, prefix == null ? null : IpPrefix.parse(prefix), first, last, action);
    }

    private void rules(final ProgramPolicy.Rule... rules) {
        rig.host.programRules = application -> List.of(rules);
        rig.host.generation++;
        rig.turn();
    }

    private int listen(final int port) {
        program.listen("127.77.0.1", port, 8);
        rig.turn();
        return program.result();
    }

    @Test
    void shouldSayWhichProgramOfWhichUserItIsWhenItAttaches() {
        final var who = rig.host.cores.getFirst().application;
        assertEquals(Executable.of((int) ProcessHandle.current().pid()), who.program());
        assertEquals("java", Path.of(who.program()).getFileName().toString());
        assertEquals("program", who.name());
        assertEquals(Processes.effectiveUser(), who.user());
    }

    @Test
    void shouldAnswerByTheRulesWhenAProgramAsks() {
        rules(
                rule("127.77.0.0/16", 80, 90, PolicyAction.REFUSE),
                rule(null, 91, 99, PolicyAction.KERNEL),
                rule(null, 0, 65535, PolicyAction.JOYRIDE));
        assertEquals(-Errno.EACCES, listen(80));
        assertEquals(-JR_USE_KERNEL, listen(99));
        assertEquals(0, listen(100));
        program.connect("127.77.0.1", 85);
        rig.turn();
        assertEquals(-Errno.EACCES, program.result());
        program.connect("127.77.0.1", 100);
        rig.turn();
        assertEquals(0, program.result());
    }

    @Test
    void shouldShowRulesBeforeTheRestWhenTheyChange() {
        assertEquals(0, Memory.getInt(program.base + HEADER_POLICY_RULES));
        rules(rule("10.0.0.0/8", 443, 443, PolicyAction.KERNEL));
        assertEquals(1, Memory.getInt(program.base + HEADER_POLICY_RULES));
        assertEquals(2, Memory.getInt(program.base + HEADER_POLICY_COUNT));
        final long at = program.base + HEADER_POLICY;
        assertEquals(104, Memory.getByte(at + POLICY_PREFIX));
        assertEquals(JR_POLICY_CONNECT | JR_POLICY_LISTEN, Memory.getByte(at + POLICY_CALLS));
        assertEquals(443, Memory.getShort(at + POLICY_FIRST_PORT));
        assertEquals(443, Memory.getShort(at + POLICY_LAST_PORT));
        assertEquals(JR_POLICY_KERNEL, Memory.getByte(at + POLICY_ACTION));
        assertEquals(JR_POLICY_LOCAL, Memory.getByte(at + POLICY_SIZEOF + POLICY_ACTION));
    }

    @Test
    void shouldShowARuleForDatagramsAndRefuseWhatWouldGoWithoutThem() {
        rules(new ProgramPolicy.Rule("policy.1", true, false, null, 0, 65535, PolicyAction.UDP, 9899));
        assertEquals(JR_POLICY_UDP, Memory.getByte(program.base + HEADER_POLICY + POLICY_ACTION));
        assertEquals(0, listen(100));
        program.connect("10.1.1.1", 100);
        rig.turn();
        assertEquals(-Errno.EACCES, program.result());
    }
}
