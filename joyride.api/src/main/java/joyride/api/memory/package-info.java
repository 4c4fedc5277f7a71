/** Off-heap memory by absolute address, and the copy and checksum kernels. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.memory;
