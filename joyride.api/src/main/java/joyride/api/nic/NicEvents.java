package joyride.api.nic;

import org.osgi.annotation.versioning.ProviderType;

/**
 * How a port tells core what happens to it. Called on any thread, event loops included, at any time from {@link NicDriver#open} until
 * {@link NicPort#close} returns; returns at once. What follows happens on core's configuration thread.
 */
@ProviderType
public interface NicEvents {
    /** For ports that nobody watches. */
    NicEvents IGNORED = new NicEvents() {
        @Override
        public void failed(final String reason) {
            // nobody watches
        }

        @Override
        public void changed() {
            // nobody watches
        }
    };

    /**
     * The port carries nothing any more and will not again: the device is gone, the kernel took the queue. Core closes it and opens
     * another, again and again with pauses, as long as the interface is configured. Connections stay meanwhile.
     *
     * @param reason one line for people
     */
    void failed(String reason);

    /** {@link NicPort#linkUp}, {@link NicPort#mtu}, {@link NicPort#macAddress} or {@link NicPort#mode} may have changed: core asks anew. */
    void changed();
}
