/** BPF: an assembler, maps, programs and links by bpf(2), and what tells Joyride's frames from the kernel's. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.linux.bpf;
