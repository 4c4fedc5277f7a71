/**
 * What all of Joyride's TCP variants share: handshake, checks, receiving, closing, the rules of sending, timers of idle connections. Each variant's bundle has its own
 * copy of this package, so that a variant is replaced whole; what is its own, {@link joyride.tcp.base.BaseTcp} says.
 */
package joyride.tcp.base;
