/**
 * An interpreter for packetdrill's scripts: the stack of a simulated host against a peer that does what a script says, in virtual time and
 * in process. Nothing waits, nothing needs privilege, a run is the same each time.
 */
package joyride.testkit.packetdrill;
