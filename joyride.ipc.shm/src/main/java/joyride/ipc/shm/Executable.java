package joyride.ipc.shm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which file a process executes. */
final class Executable {
    /** What the kernel adds where the file was replaced since, as by an upgrade. */
    private static final String DELETED = " (deleted)";

    private Executable() {}

    /**
     * The path of a process's executable file; empty where the service may not know, which is so for processes of other users
     * unless it has CAP_SYS_PTRACE. Nothing waits: the kernel knows the name.
     */
    static String of(final int pid) {
        if (pid <= 0) {
            return "";
        }
        try {
            final String path =
                    Files.readSymbolicLink(Path.of("/proc/" + pid + "/exe")).toString();
            return path.endsWith(DELETED) ? path.substring(0, path.length() - DELETED.length()) : path;
        } catch (final IOException e) {
            return "";
        }
    }
}
