/** The DPDK driver loop and testpmd in turn: {@code joyride bench driver}. */
package joyride.bench.driver;
