package joyride.core.kernel;

import java.util.List;
import joyride.api.net.IpPrefix;

/**
 * A network device as the kernel has it.
 *
 * @param index the kernel's number of it: another one, if a device of the same name was made anew
 * @param up whether it is up and its link too
 * @param mtu bytes
 * @param addresses in the kernel's order
 * @param routes those by this device that the kernel would take
 */
public record KernelView(int index, boolean up, int mtu, List<IpPrefix> addresses, List<KernelRoute> routes) {}
