package joyride.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import joyride.testkit.live.Program;

/** Where programs run: over Joyride's service, or on the kernel's stack of one network namespace. */
public interface Host {
    /** Starts a program, which ends with the host's world. @param name of its log, unique in the world */
    Program launch(String name, String... line) throws IOException;

    /** Runs a program to its end; one that takes longer than {@code limit} is ended. */
    Program.Result run(Duration limit, String... line) throws IOException, InterruptedException;

    /** A directory for one program's files, readable by all. */
    Path folder(String name) throws IOException;
}
