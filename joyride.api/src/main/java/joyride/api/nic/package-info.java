/** The contract between core and the drivers of network interfaces. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.nic;
