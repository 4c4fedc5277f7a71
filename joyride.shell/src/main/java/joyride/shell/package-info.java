/** The console: Gogo commands of scope {@code joyride}, and the unix socket that carries Gogo sessions. */
package joyride.shell;
