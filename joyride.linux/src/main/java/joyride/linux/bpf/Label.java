package joyride.linux.bpf;

/** A place in a program that is jumped to; made anywhere, placed once by {@link Assembler#place}. */
public final class Label {
    private final String name;
    int at = -1;

    /** @param name for error messages */
    public Label(final String name) {
        this.name = name;
    }

    @Override
    public String toString() {
        return name;
    }
}
