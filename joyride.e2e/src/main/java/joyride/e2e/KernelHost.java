package joyride.e2e;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;

/** Programs on the kernel's stack. */
record KernelHost(World world, Namespace namespace, String name) implements Host {
    @Override
    public Program launch(final String program, final String... line) throws IOException {
        return world.start(name + "-" + program, namespace.inside(List.of(line)));
    }

    @Override
    public Program.Result run(final Duration limit, final String... line) throws IOException, InterruptedException {
        return namespace.run(limit, line);
    }

    @Override
    public Path folder(final String program) throws IOException {
        return world.folder(name + "-" + program);
    }
}
