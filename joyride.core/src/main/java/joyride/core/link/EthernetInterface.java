package joyride.core.link;

import joyride.core.ip.NetInterface;

/** An Ethernet interface: addresses and neighbours over a port that may be replaced while it runs. */
public final class EthernetInterface implements NetInterface {
    private final String name;
    private final int mtu;

    EthernetInterface(final String name, final int mtu) {
        this.name = name;
        this.mtu = mtu;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public boolean loopback() {
        return false;
    }
}
