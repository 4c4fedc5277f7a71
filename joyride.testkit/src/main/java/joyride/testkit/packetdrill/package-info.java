/**
 * An interpreter for packetdrill's scripts, as far as TCP's test suites use the language, in virtual time and in process: nothing waits, nothing
 * needs privilege.
 */
package joyride.testkit.packetdrill;
