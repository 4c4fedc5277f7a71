/**
 * Two hosts on a faulty wire in virtual time: everything that happens follows from a seed, and nothing sleeps. Hosts are real
 * engines; programs, their rings and the wire between the hosts are this package's.
 */
package joyride.testkit.simulation;
