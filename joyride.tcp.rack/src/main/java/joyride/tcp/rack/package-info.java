/**
 * FreeBSD's RACK stack as a variant: loss by time and tail loss probes (RFC 8985), proportional rate reduction, pacing, over an account of every segment sent.
 */
package joyride.tcp.rack;
