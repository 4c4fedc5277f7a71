package joyride.testkit.packetdrill.script;

/**
 * Something that happens in a script.
 *
 * @param text as it stands in the script, on one line
 */
public record Event(Position position, Time time, Action action, String text) {}
