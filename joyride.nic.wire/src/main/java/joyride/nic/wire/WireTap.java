package joyride.nic.wire;

/** Sees every frame that a wire is given and what becomes of it, on the sending port's loop. Must not keep or change the frame. */
@FunctionalInterface
public interface WireTap {
    /**
     * A frame on its way.
     *
     * @param fromA whether port A sent it
     * @param nanos when it was sent
     * @param address where its Ethernet header begins, as it will arrive
     * @param length bytes
     * @param due when it arrives, ns; -1 if it never does
     */
    void frame(boolean fromA, long nanos, long address, int length, long due);
}
