/**
 * TCP's contracts: the variant and the congestion control as services, the state of a connection that outlives both, and what
 * core offers them. The shape is FreeBSD's (tcp_functions(9), mod_cc(9)); the names are FreeBSD's or the RFCs'.
 */
@org.osgi.annotation.versioning.Version("0.1.0")
package joyride.api.tcp;
