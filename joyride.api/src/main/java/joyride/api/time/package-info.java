/** Time and randomness, injected so that everything runs deterministically from a seed. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.time;
