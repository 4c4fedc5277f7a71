/**
 * The driver {@code dpdk}: any device that DPDK's EAL knows, physical or virtual. DPDK's shared libraries are bound by FFM alone; what
 * their headers do inline is done here on the same structures, whose layout is checked against the running library at its start.
 */
package joyride.nic.dpdk;
