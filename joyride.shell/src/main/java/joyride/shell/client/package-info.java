/** The program behind {@code joyride shell}: no part of the service, only packed with it. */
package joyride.shell.client;
