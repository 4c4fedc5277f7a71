package joyride.nic.memif;

/** What is where in a frame whose packet this driver looks at: TCP or UDP, whole, without options or extension headers. */
final class FrameLayout {
    static final int ETHERNET = 14;
    static final int IPV4 = 0x0800;
    static final int IPV6 = 0x86dd;
    static final int V4_HEADER = 20;
    static final int V6_HEADER = 40;
    static final int V4_AND_LENGTH = 0x45;

    /** Of flags and offset: it is a fragment. */
    static final int FRAGMENT = 0x3fff;

    static final int TCP = 6;
    static final int TCP_HEADER = 20;
    static final int UDP = 17;
    static final int UDP_HEADER = 8;

    private FrameLayout() {}
}
