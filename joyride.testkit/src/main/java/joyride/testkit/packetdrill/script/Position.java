package joyride.testkit.packetdrill.script;

/** Where something stands in a script; lines and columns count from 1. */
public record Position(String file, int line, int column) {
    @Override
    public String toString() {
        return file + ":" + line + ":" + column;
    }
}
