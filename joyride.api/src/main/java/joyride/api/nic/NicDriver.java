package joyride.api.nic;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A kind of network interface: an OSGi service with the property {@link #TYPE}. Called on configuration threads only.
 */
@ConsumerType
public interface NicDriver {
    /** Service property: the type name that a configuration selects the driver by, such as {@code wire} or {@code afxdp}. */
    String TYPE = "nic.type";

    /**
     * Opens a port, started and ready to receive.
     *
     * @throws NicException with one line that names the value, the limit and the remedy
     */
    NicPort open(NicConfiguration configuration) throws NicException;

    /**
     * Runs the code of a port's queues on something private (memory, a namespace of its own) until it is compiled, because a
     * replaced bundle starts interpreted. Called before a port of this driver replaces another; takes a second or two, on the
     * calling thread. What it throws keeps the driver out of service.
     */
    default void rehearse() {}
}
