/** What all benchmarks share: options, samples of several runs, a place for files. */
package joyride.bench.measure;
