/** What the shell's server and its client say to each other over the unix socket. */
package joyride.shell.protocol;
