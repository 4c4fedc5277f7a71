/**
 * The running service and unmodified programs as processes, and what the kernel counts of them: what end-to-end tests, the
 * demonstration and the benchmarks share.
 */
package joyride.testkit.live;
