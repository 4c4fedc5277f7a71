package joyride.testkit.simulation;

import joyride.api.net.IpAddress;
import joyride.api.socket.Errno;

/** One end of a connection: writes its pattern, compares what it reads, ends as planned, and says what went wrong. */
public final class StreamProgram extends Program {
    /** After that a tolerant program gives up on a peer that says nothing: in FIN_WAIT_2 nothing else would (no keepalive there). */
    private static final long PATIENCE = 3 * 3600 * 1_000_000_000L;

    private final ProgramTransport transport;
    private final StreamPlan plan;
    private final SeededRandom random;
    private final IpAddress remote;
    private final int remotePort;
    private final int localPort;
    private final ProgramHabits habits;
    private MemoryEndpoint endpoint;
    private long sent;
    private long received;
    private long readAgain;
    private long writeAgain;
    private long givesUp;
    private boolean begun;
    private boolean shut;
    private boolean left;
    private String failure;

    /** An end that connects. @param localPort to bind to; 0: any */
    public StreamProgram(
            final ProgramTransport transport,
            final StreamPlan plan,
            final SeededRandom random,
            final IpAddress remote,
            final int remotePort,
            final int localPort) {
        this.transport = transport;
        this.plan = plan;
        this.random = random;
        this.remote = remote;
        this.remotePort = remotePort;
        this.localPort = localPort;
        habits = new ProgramHabits(plan);
    }

    /** An end that was accepted. */
    StreamProgram(
            final ProgramTransport transport,
            final StreamPlan plan,
            final SeededRandom random,
            final MemoryEndpoint accepted) {
        this(transport, plan, random, null, 0, 0);
        endpoint = accepted;
    }

    public MemoryEndpoint endpoint() {
        return endpoint;
    }

    public long sent() {
        return sent;
    }

    public long received() {
        return received;
    }

    /** What went wrong, or null. */
    public String failure() {
        return failure;
    }

    @Override
    protected void act(final long now) {
        if (!begun) {
            begun = true;
            readAgain = now + plan.firstRead();
            givesUp = plan.tolerant() || plan.leavesEarly() ? now + PATIENCE : Long.MAX_VALUE;
            if (remote != null && !connect()) {
                return;
            }
            habits.begin(endpoint.socket());
        }
        if (endpoint.errno() != 0 && !left) {
            ended(endpoint.errno());
        }
        if (endpoint.isConnected() && !left) {
            habits.progress(endpoint.socket(), sent, received);
            write(now);
            read(now);
            end();
        }
        if (now >= givesUp && !left) {
            leave(false);
        }
        if (endpoint.isClosed() && left) {
            finish();
        } else if (!left) {
            wakeAt(givesUp);
        }
    }

    private boolean connect() {
        endpoint = transport.open(this);
        int error = localPort == 0 ? 0 : endpoint.socket().bind(IpAddress.ANY, localPort, 0);
        if (error == 0) {
            error = endpoint.socket().connect(remote, remotePort);
        }
        if (error != 0 && error != Errno.EINPROGRESS) {
            ended(error);
            return false;
        }
        return true;
    }

    private void ended(final int errno) {
        if (!plan.tolerant() && !plan.leavesEarly()) {
            fail("errno " + errno + " after " + received + " of " + plan.expectBytes() + " bytes read, " + sent + " of "
                    + plan.sendBytes() + " written");
        }
        leave(false);
    }

    private void write(final long now) {
        if (sent == plan.sendBytes()) {
            return;
        }
        if (writeAgain > now) {
            wakeAt(writeAgain);
            return;
        }
        boolean written = false;
        final MemorySendRing ring = endpoint.sendRing();
        while (sent < plan.sendBytes() && !endpoint.isSendClosed()) {
            final int wanted = (int) Math.min(plan.sendBytes() - sent, random.spread(1, plan.writeMost()));
            int todo = ring.room(wanted);
            if (todo == 0) {
                break;
            }
            while (todo > 0) {
                final int step = ring.writable(todo);
                StreamPattern.fill(plan.sendKey(), sent, ring.writeAddress(), step);
                ring.produce(step);
                sent += step;
                todo -= step;
            }
            written = true;
            if (random.chance(plan.writePause())) {
                writeAgain = now + random.spread(1, (int) Math.max(1, plan.pauseMost() / 1000)) * 1000L;
                wakeAt(writeAgain);
                break;
            }
        }
        if (written) {
            endpoint.socket().written();
        }
    }

    private void read(final long now) {
        final MemoryReceiveRing ring = endpoint.receiveRing();
        if (readAgain > now) {
            wakeAt(readAgain);
            return;
        }
        boolean told = false;
        while (ring.available() > 0) {
            int todo = Math.min(ring.available(), random.spread(1, plan.readMost()));
            while (todo > 0) {
                final int step = ring.contiguous(todo);
                compare(ring.address(), step);
                ring.consume(step);
                received += step;
                todo -= step;
            }
            told |= endpoint.read();
            if (random.chance(plan.readPause())) {
                readAgain = now + random.spread(1, (int) Math.max(1, plan.pauseMost() / 1000)) * 1000L;
                wakeAt(readAgain);
                break;
            }
        }
        if (told) {
            endpoint.tellRead();
        }
    }

    private void compare(final long address, final int length) {
        final int wrong = StreamPattern.mismatch(plan.expectKey(), received, address, length);
        if (wrong >= 0) {
            fail("byte " + (received + wrong) + " differs from what was sent");
        }
        if (received + length > plan.expectBytes()) {
            fail("more bytes than were sent: " + (received + length) + " of " + plan.expectBytes());
        }
    }

    private void end() {
        final boolean written = sent == plan.sendBytes();
        final boolean read = received == plan.expectBytes();
        switch (plan.ending()) {
            case HALF_CLOSE -> {
                if (written && !shut) {
                    shut = true;
                    endpoint.socket().shutdownSend();
                }
                if (written && endpoint.atEnd()) {
                    complete(read);
                }
            }
            case FOLLOW -> {
                if (endpoint.atEnd() && written) {
                    complete(read);
                }
            }
            case CLOSE -> {
                if (written && read) {
                    leave(false);
                } else if (endpoint.atEnd() && !read) {
                    complete(false);
                }
            }
            case ABORT, LEAVE -> {
                if (sent >= plan.endAfter() || received >= plan.endAfter() || (written && (read || endpoint.atEnd()))) {
                    leave(plan.ending() == StreamPlan.Ending.ABORT);
                }
            }
        }
    }

    private void complete(final boolean all) {
        if (!all && !plan.tolerant()) {
            fail("stream ended after " + received + " of " + plan.expectBytes() + " bytes");
        }
        leave(false);
    }

    private void leave(final boolean reset) {
        left = true;
        if (reset) {
            endpoint.abort();
        } else {
            endpoint.close();
        }
    }

    private void fail(final String what) {
        if (failure == null) {
            failure = what + " (" + endpoint + ")";
        }
    }

    @Override
    public String toString() {
        return "stream sent " + sent + "/" + plan.sendBytes() + " received " + received + "/" + plan.expectBytes() + " "
                + plan.ending() + (left ? " left" : "") + (isFinished() ? " finished" : "") + " [" + endpoint + "]";
    }
}
