package joyride.api.socket;

import joyride.api.net.IpAddress;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Two private hosts, in virtual time, each with a whole stack of the service's own: programs of one host meet over its internal loopback,
 * those of different hosts over a private wire that now and then loses a frame. What a transport runs its code on before it is in service
 * ({@link IpcTransport#rehearse}); nothing of it shows outside. On the rehearsing thread alone.
 */
@ProviderType
public interface RehearsalStage {
    /** Their number; hosts are counted from 0. */
    int HOSTS = 2;

    /** Where programs of {@code host} itself reach its listeners on any address. */
    IpAddress local(int host);

    /** Where programs of the other host reach them. */
    IpAddress remote(int host);

    /** Puts a private transport in service on a host. */
    void attach(int host, IpcTransport transport);

    /** Takes it out of service: its applications see the service gone. */
    void detach(int host, IpcTransport transport);

    /** Lets {@code successor} take over a host's applications, as one version of a transport from another. */
    void exchange(int host, IpcTransport leaving, IpcTransport successor);

    /** A turn of both hosts. @param nanos of their time that pass before it */
    void turn(long nanos);

    /** Whether to end; to be asked often. */
    boolean enough();
}
