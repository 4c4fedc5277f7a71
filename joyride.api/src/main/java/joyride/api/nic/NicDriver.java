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
}
