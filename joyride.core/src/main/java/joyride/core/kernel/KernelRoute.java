package joyride.core.kernel;

import joyride.api.net.IpAddress;
import joyride.api.net.IpPrefix;

/**
 * A route of the kernel's by an interface that Joyride shares.
 *
 * @param gateway null: the destination is on the link
 * @param source the address that packets go out with; null: any of the interface's
 */
public record KernelRoute(IpPrefix destination, IpAddress gateway, IpAddress source) {}
