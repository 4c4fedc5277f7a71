/** The language of packetdrill's scripts, as FreeBSD's suites write it: from text to records, with errors that say where. */
package joyride.testkit.packetdrill.script;
