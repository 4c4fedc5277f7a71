package joyride.testkit.packetdrill.script;

import java.util.List;

/** What an event does. */
public sealed interface Action {
    /** A packet: {@code <} the peer sends it, {@code >} the stack is expected to. */
    record PacketAction(boolean outbound, PacketSpec packet) implements Action {}

    /**
     * A system call.
     *
     * @param result expected; null: any
     * @param errno expected name where the call fails; null: none
     */
    record CallAction(String name, List<Value> arguments, Long result, String errno) implements Action {
        public CallAction {
            arguments = List.copyOf(arguments);
        }
    }

    /** A command for the host's shell. */
    record ShellAction(String command) implements Action {}

    /** Python in the original: assertions over TCP_INFO. */
    record CodeAction(String code) implements Action {}
}
