/** {@code joyride bench figures}: what each figure measures, where, and the pages that it writes. */
package joyride.bench.figures;
