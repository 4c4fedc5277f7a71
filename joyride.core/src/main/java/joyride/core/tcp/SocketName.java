package joyride.core.tcp;

import joyride.api.net.IpAddress;

/** Addresses of a socket that has no connection: one that was bound, or whose connection has ended. Pooled. */
final class SocketName {
    /** Of a socket that has none. */
    static final SocketName NONE = new SocketName();

    long localHigh;
    long localLow = IpAddress.ANY_V4.low();
    long remoteHigh;
    long remoteLow = IpAddress.ANY_V4.low();
    int localPort;
    int remotePort;

    void clear() {
        localHigh = 0;
        localLow = IpAddress.ANY_V4.low();
        remoteHigh = 0;
        remoteLow = IpAddress.ANY_V4.low();
        localPort = 0;
        remotePort = 0;
    }

    void take(final TcpConnection from) {
        localHigh = from.localHigh;
        localLow = from.localLow;
        localPort = from.localPort;
        remoteHigh = from.remoteHigh;
        remoteLow = from.remoteLow;
        remotePort = from.remotePort;
    }
}
