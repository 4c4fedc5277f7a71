package joyride.core.link;

import joyride.core.ip.NetInterface;

/** The internal loopback: packets between addresses of this service, in memory, without Ethernet headers. */
public final class LoopbackInterface implements NetInterface {
    /** The largest IPv4 packet there can be. */
    public static final int MTU = 65535;

    @Override
    public String name() {
        return "lo0";
    }

    @Override
    public int mtu() {
        return MTU;
    }

    @Override
    public boolean loopback() {
        return true;
    }
}
