/** An in-memory wire between two ports, lossless or with seeded faults: the driver {@code wire}, and plain classes for tests. */
package joyride.nic.wire;
