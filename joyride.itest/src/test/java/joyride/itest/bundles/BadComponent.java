package joyride.itest.bundles;

/** A component that cannot be made. */
public final class BadComponent {
    /** Called by the container. */
    public BadComponent() {
        throw new IllegalStateException("no such ring");
    }
}
