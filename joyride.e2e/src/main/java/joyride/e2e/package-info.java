/** Unmodified programs over the service: what the demonstration and the end-to-end tests share, and the demonstration. */
package joyride.e2e;
