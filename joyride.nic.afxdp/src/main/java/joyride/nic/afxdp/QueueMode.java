package joyride.nic.afxdp;

/**
 * How a queue works.
 *
 * @param needWakeup whether the kernel tells when it wants to be woken; else it is woken for every batch
 * @param busyPoll whether the kernel must be asked for frames
 * @param zeroCopy whether the NIC works on our frames themselves
 */
record QueueMode(boolean needWakeup, boolean busyPoll, boolean zeroCopy) {}
