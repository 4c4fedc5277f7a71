/** Addresses of the internet protocols as values. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.net;
