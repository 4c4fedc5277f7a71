package joyride.shell;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import joyride.shell.protocol.Frame;
import joyride.shell.protocol.FrameChannel;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The shell's unix socket, {@code shell.sock} in the run-time directory; each connection is a Gogo session of its own. */
@Component(service = {})
public final class ShellServer {
    private static final System.Logger LOG = System.getLogger(ShellServer.class.getName());
    private static final String RUN = "joyride.run";
    private static final int LONGEST_PATH = 107;
    private static final int MOST_SESSIONS = 32;

    private final CommandProcessor processor;
    private final Completer completer;
    private final Path path;
    private final UserPrincipal self;
    private final ServerSocketChannel server;
    private final Thread acceptor;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    /** Called by the container. @throws IOException if the socket cannot be made where others cannot reach it */
    @Activate
    public ShellServer(
            @Reference final CommandProcessor processor,
            @Reference final Completer completer,
            final BundleContext context)
            throws IOException {
        this(processor, completer, runDirectory(context));
    }

    ShellServer(final CommandProcessor processor, final Completer completer, final Path directory) throws IOException {
        this.processor = processor;
        this.completer = completer;
        path = directory.resolve("shell.sock");
        self = Files.getOwner(Path.of("/proc/self"));
        server = bind(directory);
        acceptor = Thread.ofPlatform().daemon().name("shell acceptor").start(this::accept);
    }

    private static Path runDirectory(final BundleContext context) throws IOException {
        String run = context.getProperty(RUN);
        if (run == null) {
            throw new IOException("property " + RUN + " is not set: the shell has no directory for its socket");
        }
        return Path.of(run);
    }

    private ServerSocketChannel bind(final Path directory) throws IOException {
        Peer.checkDirectory(directory, self);
        if (path.toString().length() > LONGEST_PATH) {
            throw new IOException("path " + path + " is longer than the " + LONGEST_PATH
                    + " bytes of a unix socket's; set " + RUN + " to a shorter one");
        }
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        if (answers(address)) {
            throw new IOException(
                    "another service answers at " + path + "; end it, or set " + RUN + " to another directory");
        }
        Files.deleteIfExists(path);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.bind(address);
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return channel;
        } catch (IOException e) {
            channel.close();
            throw new IOException("cannot listen at " + path + ": " + e.getMessage(), e);
        }
    }

    private static boolean answers(final UnixDomainSocketAddress address) {
        try (SocketChannel channel = SocketChannel.open(address)) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private void accept() {
        while (true) {
            try {
                admit(server.accept());
            } catch (ClosedChannelException e) {
                return;
            } catch (IOException e) {
                LOG.log(System.Logger.Level.WARNING, "shell: a connection could not be taken: {0}", e.getMessage());
            }
        }
    }

    private void admit(final SocketChannel channel) throws IOException {
        String refusal = null;
        if (!Peer.isSelf(channel, self)) {
            refusal = "only user " + self.getName() + ", who runs the service, may use its shell";
        } else if (connections.size() >= MOST_SESSIONS) {
            refusal = "all " + MOST_SESSIONS + " sessions are in use; close one";
        }
        if (refusal != null) {
            try (FrameChannel frames = new FrameChannel(channel)) {
                frames.write(Frame.of(Frame.Type.REFUSED, refusal));
            }
            return;
        }
        Connection connection = new Connection(new FrameChannel(channel), processor, completer);
        connections.add(connection);
        Thread.ofPlatform().daemon().name("shell session").start(() -> {
            try {
                connection.serve();
            } finally {
                connections.remove(connection);
            }
        });
    }

    /** Ends all sessions. A command that is still running in one of them is interrupted. */
    @Deactivate
    public void close() throws IOException, InterruptedException {
        server.close();
        acceptor.join();
        try (ExecutorService closers = Executors.newVirtualThreadPerTaskExecutor()) {
            connections.forEach(connection -> closers.execute(connection::close));
        }
        Files.deleteIfExists(path);
    }
}
