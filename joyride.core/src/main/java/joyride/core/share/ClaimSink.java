package joyride.core.share;

/** Where what is Joyride's on a shared address is written for those who look at packets before the kernel does. On the event loop. */
public interface ClaimSink {
    /** The local port of this address is Joyride's. */
    void claim(long high, long low, int protocol, int port);

    /** It is the kernel's again. */
    void unclaim(long high, long low, int protocol, int port);
}
