/** Many connections, most of them silent: what they cost, and how long the service ever stands still. */
package joyride.bench.crowd;
