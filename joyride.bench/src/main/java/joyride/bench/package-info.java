/** Joyride and the kernel's loopback in turn, on the same cores, with unmodified programs: {@code joyride bench}. */
package joyride.bench;
