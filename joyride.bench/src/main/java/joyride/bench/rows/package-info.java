/** Workloads of unmodified programs, run on two stacks in turn. */
package joyride.bench.rows;
