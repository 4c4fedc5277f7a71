package joyride.ipc.shm;

import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;
import joyride.api.socket.Endpoint;
import joyride.api.socket.Socket;
import joyride.api.socket.StackInstance;
import joyride.api.socket.TransportHost;

/** A stack instance without a stack. */
final class LoopedInstance implements StackInstance {
    private static final IpPrefix LOCAL = IpPrefix.parse("127.77.0.0/16");

    final LoopedNetwork network;
    final long id;
    final String name;
    String ended;
    TransportHost.Application application;

    LoopedInstance(final LoopedNetwork network, final long id, final String name) {
        this.network = network;
        this.id = id;
        this.name = name;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void application(final TransportHost.Application who) {
        application = who;
    }

    @Override
    public void processes(final String ids) {}

    @Override
    public Socket openStream(final Endpoint endpoint) {
        final LoopedSocket socket = new LoopedSocket(this, endpoint);
        network.sockets.add(socket);
        return socket;
    }

    @Override
    public boolean hasListener(final IpAddress address, final int port) {
        return network.listener(port) != null;
    }

    @Override
    public boolean isLocal(final IpAddress address) {
        return LOCAL.contains(address);
    }

    @Override
    public void end(final String reason) {
        if (ended == null) {
            ended = reason;
            for (final LoopedSocket socket : network.sockets) {
                if (socket.core == this) {
                    socket.vanish();
                }
            }
        }
    }

    @Override
    public boolean ended() {
        return ended != null;
    }
}
