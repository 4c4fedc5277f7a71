/**
 * A laboratory of network namespaces on one machine: hosts, veth pairs between them, and wires with faults in the middle. Only
 * root can make one. Nothing of it has a name outside of its own namespaces, so nothing can be left behind.
 */
package joyride.testkit.netns;
