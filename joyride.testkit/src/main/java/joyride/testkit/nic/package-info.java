/** What tests of NIC drivers share: a veth pair in a namespace of the test's thread, with the kernel at its other end. */
package joyride.testkit.nic;
