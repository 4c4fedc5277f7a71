/** Congestion windows over a simulated link, painted: {@code joyride bench cwnd}. */
package joyride.bench.windows;
