/** Congestion controls, a component each. */
package joyride.tcp.cc;
