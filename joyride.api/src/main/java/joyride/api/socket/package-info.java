/** Sockets, stack instances, and the transports that bring applications to them. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.socket;
