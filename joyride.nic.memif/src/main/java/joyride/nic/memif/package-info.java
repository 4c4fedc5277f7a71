/** The driver {@code memif}: Ethernet frames through memory shared with another process, as DPDK's and VPP's drivers of that name do. */
package joyride.nic.memif;
