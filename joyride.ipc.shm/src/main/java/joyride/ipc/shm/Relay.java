package joyride.ipc.shm;

import static joyride.ipc.shm.ShmLayout.JR_SOCKET_RESET;
import static joyride.ipc.shm.ShmLayout.JR_SOCKET_RX_EOF;

import joyride.api.socket.Errno;
import joyride.linux.Epoll;
import joyride.linux.Messages;
import joyride.linux.Poll;
import joyride.linux.Sockets;

/**
 * One end of a unix socketpair, the other of which stands for a socket in programs without the layer: bytes are carried
 * between it and the socket's rings. What such a program writes is sent at once; what arrives goes to it only once no process
 * with the layer holds the socket any more, for that one would miss it. Slow, not wrong. On the event loop.
 */
final class Relay {
    private static final int HANG_UP = Epoll.HUP;
    private static final int INPUT = Epoll.IN | Epoll.RDHUP | HANG_UP;

    final int number;
    final int fd;
    final long cookie;
    final ShmEndpoint endpoint;
    /** The next of the same endpoint. */
    Relay next;
    /** Whether it waits for its turn. */
    boolean queued;

    private final Messages messages;
    private boolean readable = true;
    private boolean writable = true;
    private boolean hungUp;
    private boolean inputEnded;
    private boolean outputEnded;
    private boolean stalled;

    /** @param messages receives: with the bytes may come descriptors, which must not be closed by the kernel on this thread */
    Relay(final Messages messages, final int number, final int fd, final long cookie, final ShmEndpoint endpoint) {
        this.messages = messages;
        this.number = number;
        this.fd = fd;
        this.cookie = cookie;
        this.endpoint = endpoint;
    }

    /** Takes note of what the kernel says of the descriptor. */
    void event(final int bits) {
        readable |= (bits & INPUT) != 0;
        writable |= (bits & Epoll.OUT) != 0;
        hungUp |= (bits & HANG_UP) != 0;
    }

    /**
     * Carries what can be carried.
     *
     * @return false once the last reference to the other end is gone and all that it wrote was taken, or the connection is
     */
    boolean pump() {
        stalled = false;
        if (readable && !inputEnded) {
            fromProgram();
        }
        if (writable && !outputEnded && endpoint.unheld()) {
            toProgram();
        }
        return !(hungUp && (inputEnded || endpoint.sendEnded())
                || outputEnded && ShownState.has(endpoint, JR_SOCKET_RESET));
    }

    /** Whether it must be tried again without a further event. */
    boolean stalled() {
        return stalled;
    }

    private void fromProgram() {
        final ShmSendRing ring = endpoint.ring();
        if (!ring.lock(endpoint.unheld())) {
            stalled = true;
            return;
        }
        try {
            endpoint.dirty();
            int room = 0;
            while (readable && !inputEnded && (room = ring.offerRoom()) > 0) {
                receive(ring, room);
            }
            stalled = readable && !inputEnded && room < 0;
        } finally {
            ring.unlock();
        }
        endpoint.written();
        if (inputEnded && !hungUp) {
            hungUp = (Poll.await(fd, 0, 0) & Poll.HUP) != 0;
            if (!hungUp) {
                endpoint.endSending();
            }
        }
    }

    private void receive(final ShmSendRing ring, final int room) {
        final int received = messages.receive(fd, ring.offerAddress(), room);
        messages.closeRest();
        if (received > 0) {
            ring.offered(received);
        } else if (received == -Errno.EAGAIN) {
            readable = false;
        } else {
            inputEnded = true;
        }
    }

    private void toProgram() {
        final ShmReceiveRing ring = endpoint.ringIn();
        int length;
        while ((length = ring.takeLength()) > 0) {
            final int sent = Sockets.send(fd, ring.takeAddress(), length);
            if (sent == -Errno.EAGAIN) {
                writable = false;
                break;
            }
            if (sent < 0) {
                outputEnded = true;
                break;
            }
            ring.took(sent);
        }
        endpoint.consumed();
        if (!outputEnded && receiveEnded()) {
            outputEnded = true;
            Sockets.shutdown(fd, Sockets.SHUT_WR);
        }
    }

    /** Whether nothing follows what was read. */
    private boolean receiveEnded() {
        final ShmReceiveRing ring = endpoint.ringIn();
        return ShownState.has(endpoint, JR_SOCKET_RX_EOF | JR_SOCKET_RESET) && ring.consumed() == ring.produced();
    }

    // ---- left to a successor

    void save(final BooksWriter to) {
        to.number(endpoint.slot).descriptor(fd).number(cookie).flag(readable).flag(writable);
        to.flag(hungUp).flag(inputEnded).flag(outputEnded);
    }

    static Relay restore(final BooksReader from, final Messages messages, final int number, final SocketTable sockets) {
        final ShmEndpoint endpoint = sockets.at(from);
        final Relay relay = new Relay(messages, number, from.descriptor(), from.longNumber(), endpoint);
        relay.readable = from.flag();
        relay.writable = from.flag();
        relay.hungUp = from.flag();
        relay.inputEnded = from.flag();
        relay.outputEnded = from.flag();
        return relay;
    }
}
