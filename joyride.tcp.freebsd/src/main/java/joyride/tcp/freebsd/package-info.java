/**
 * FreeBSD's default TCP as a variant: stateless parts, each after a part of FreeBSD's stack, over the control block that core keeps.
 */
package joyride.tcp.freebsd;
