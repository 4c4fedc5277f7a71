package joyride.itest.bundles;

/** A component that can be made. */
public final class GoodComponent {}
