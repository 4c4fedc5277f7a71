/** Counters in fixed, described slots, and the reasons for which packets are dropped. */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.counters;
