package joyride.shell;

/** What is left of a command line when its declared options are taken. */
final class Arguments {
    private Arguments() {}

    /** @throws ShellException if there are not {@code least} to {@code most} of them, or one looks like an option */
    static void check(final String usage, final String[] arguments, final int least, final int most) {
        for (String argument : arguments) {
            if (argument.length() > 1 && argument.charAt(0) == '-' && !Character.isDigit(argument.charAt(1))) {
                throw new ShellException(2, "no option '" + argument + "'; usage: " + usage);
            }
        }
        if (arguments.length < least) {
            throw new ShellException(2, "too few arguments; usage: " + usage);
        }
        if (arguments.length > most) {
            throw new ShellException(2, "unexpected '" + arguments[most] + "'; usage: " + usage);
        }
    }
}
