/** The af_packet driver: any Ethernet device of the kernel, by copies of its frames (packet(7)). */
package joyride.nic.afpacket;
