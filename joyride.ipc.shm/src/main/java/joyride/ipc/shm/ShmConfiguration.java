package joyride.ipc.shm;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Configuration PID {@code joyride.ipc.shm}. */
@ObjectClassDefinition(
        name = "Joyride shared-memory transport",
        description = "How programs attach to the service, and what memory each gets")
public @interface ShmConfiguration {
    @AttributeDefinition(
            name = "path",
            description = "The attach socket; empty: attach.sock in the run-time directory. At most 107 bytes",
            required = false)
    String path() default "";

    @AttributeDefinition(
            name = "memory",
            description =
                    "Ring memory of an application, MiB; taken from the machine as it is used. 16 sockets for each MiB at most",
            min = "1",
            max = "16384")
    int memory() default 1024;

    @AttributeDefinition(
            name = "spin",
            description = "How long a program's thread spins before it sleeps, µs; 0: it sleeps at once",
            min = "0",
            max = "1000000")
    int spin() default 50;

    @AttributeDefinition(
            name = "yieldLimit",
            description = "A yield that takes a spinning thread longer than this stops its spinning for a while, µs",
            min = "0",
            max = "1000000")
    int yieldLimit() default 200;

    @AttributeDefinition(
            name = "users",
            description = "Users who may attach besides the service's own and root, by name or number; *: everybody",
            required = false)
    String[] users() default {};

    @AttributeDefinition(
            name = "groups",
            description = "Numeric ids of groups whose members may attach",
            required = false)
    String[] groups() default {};
}
