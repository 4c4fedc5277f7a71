package joyride.nic.afxdp;

/** Where the parts of a ring lie in memory: addresses. */
record RingPlace(long producer, long consumer, long flags, long entries) {}
