package joyride.core.engine;

import java.util.ArrayList;
import java.util.List;
import joyride.api.socket.Attachments;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.core.instance.Instance;
import joyride.core.transport.TransportStage;
import joyride.linux.Descriptors;
import joyride.linux.Mappings;

/**
 * Applications whose transport went and left them to a successor: their programs wait, their connections stand still. Made by
 * {@link Engine#park}. On the event loop.
 */
public final class Parking {
    private final Attachments left;
    private final List<WaitingEndpoint> places = new ArrayList<>();

    Parking(final Attachments left) {
        this.left = left;
        for (final Socket socket : left.sockets()) {
            places.add(new WaitingEndpoint(socket.endpoint()));
        }
    }

    Attachments left() {
        return left;
    }

    /** How many sockets wait. */
    public int sockets() {
        return places.size();
    }

    /** How many applications wait. */
    public int applications() {
        return left.instances().size();
    }

    /** Lets nobody of a transport stand behind any socket. */
    void occupy() {
        for (int i = 0; i < places.size(); i++) {
            left.sockets().get(i).exchange(places.get(i));
        }
    }

    /** Tells those who took the places what core told meanwhile. */
    void passOn() {
        for (int i = 0; i < places.size(); i++) {
            final Endpoint successor = left.sockets().get(i).endpoint();
            if (successor != places.get(i)) {
                places.get(i).passOn(successor);
            }
        }
    }

    void pause(final TransportStage stage, final boolean paused) {
        for (final StackInstance instance : left.instances()) {
            stage.pause((Instance) instance, paused);
        }
    }

    /** Nobody takes them up: they end, and what they had is freed. */
    void end(final TransportStage stage, final String reason) {
        for (final StackInstance instance : left.instances()) {
            instance.end(reason);
        }
        pause(stage, false);
        // The last close of what a program passed may wait as long as that program likes.
        Thread.ofPlatform().daemon().name("joyride closer").start(() -> {
            for (final int descriptor : left.descriptors()) {
                Descriptors.close(descriptor);
            }
        });
        for (final Attachments.Mapping mapping : left.mappings()) {
            Mappings.unmap(mapping.address(), mapping.size());
        }
    }
}
