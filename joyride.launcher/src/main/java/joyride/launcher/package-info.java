/** What stands beside the framework in the service's process: on its class path, seen by no bundle. */
package joyride.launcher;
