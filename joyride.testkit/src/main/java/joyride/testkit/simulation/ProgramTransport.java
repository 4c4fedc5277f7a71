package joyride.testkit.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import joyride.api.socket.PolledTransport;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;

/** Brings simulated programs to an engine as a transport brings applications: polled each turn, memory freed in flush. */
public final class ProgramTransport implements PolledTransport {
    private final ChunkPool pool;
    private final String name;
    private final List<Program> programs = new ArrayList<>();
    private final List<Program> starting = new ArrayList<>();
    private final List<MemoryEndpoint> endpoints = new ArrayList<>();
    private final List<MemoryEndpoint> told = new ArrayList<>();
    private final ArrayDeque<MemoryEndpoint> settling = new ArrayDeque<>();
    private final ArrayDeque<MemoryEndpoint> readBefore = new ArrayDeque<>();
    private TransportHost host;
    private StackInstance instance;
    private RuntimeException thrown;
    private Consumer<Socket> preparation = socket -> {};

    /** @param name of the stack instance */
    public ProgramTransport(final String name, final ChunkPool pool) {
        this.name = name;
        this.pool = pool;
    }

    ChunkPool pool() {
        return pool;
    }

    public StackInstance instance() {
        return instance;
    }

    /** What a program threw first, or null; it does not act any more. */
    public RuntimeException thrown() {
        return thrown;
    }

    /** Starts a program: it acts in the next turn. */
    public void start(final Program program) {
        starting.add(program);
    }

    /** What is done to every socket before its program gets it. */
    public void prepare(final Consumer<Socket> action) {
        preparation = action;
    }

    /** Opens a socket for a program. */
    public MemoryEndpoint open(final Program owner) {
        final MemoryEndpoint endpoint = new MemoryEndpoint(this);
        opened(endpoint);
        endpoint.open(instance, owner);
        preparation.accept(endpoint.socket());
        return endpoint;
    }

    void opened(final MemoryEndpoint endpoint) {
        endpoints.add(endpoint);
    }

    /** An endpoint may be done: looked at in {@link #flush}. */
    void told(final MemoryEndpoint endpoint) {
        told.add(endpoint);
    }

    /** Sockets whose memory is not yet given back. */
    public List<MemoryEndpoint> endpoints() {
        return endpoints;
    }

    public List<Program> programs() {
        return programs;
    }

    /** When a program wants to act, ns. */
    public long nextEvent() {
        if (!starting.isEmpty() || !readBefore.isEmpty()) {
            return Long.MIN_VALUE;
        }
        long next = Long.MAX_VALUE;
        for (int i = 0; i < programs.size(); i++) {
            next = Math.min(next, programs.get(i).nextEvent());
        }
        return next;
    }

    @Override
    public void attach(final TransportHost transportHost) {
        host = transportHost;
        instance = host.createInstance(name);
    }

    @Override
    public void detach() {
        host = null;
    }

    @Override
    public int poll() {
        if (!starting.isEmpty()) {
            programs.addAll(starting);
            starting.clear();
        }
        final long now = host.nanoTime();
        int acted = readBefore.size();
        while (!readBefore.isEmpty()) {
            readBefore.poll().consumed();
        }
        for (int i = 0; i < programs.size(); i++) {
            if (turn(programs.get(i), now)) {
                acted++;
            }
        }
        return acted;
    }

    private boolean turn(final Program program, final long now) {
        try {
            return program.turn(now);
        } catch (final RuntimeException e) {
            thrown = thrown == null ? e : thrown;
            program.finish();
            return true;
        }
    }

    /** Data came for it, or TCP heard of a reading. */
    void settles(final MemoryEndpoint endpoint) {
        settling.add(endpoint);
    }

    /** Its program read so much, before it was known that TCP wants to hear of it: TCP does in the next turn. */
    void readBefore(final MemoryEndpoint endpoint) {
        readBefore.add(endpoint);
    }

    @Override
    public void flush() {
        for (int i = settling.size(); i > 0; i--) {
            settling.poll().settle();
        }
        for (int i = 0; i < told.size(); i++) {
            if (told.get(i).freeIfDone()) {
                endpoints.remove(told.get(i));
            }
        }
        told.clear();
    }
}
