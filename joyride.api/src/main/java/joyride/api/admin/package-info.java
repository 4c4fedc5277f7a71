/** Read-only views of the running service, and the operations of its console. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.admin;
