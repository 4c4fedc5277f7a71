package joyride.linux.bpf;

/** Where the parts of a steering map's key lie, which {@link joyride.api.nic.Steering#map} describes: the address comes first. */
final class SteeringKey {
    static final int PORT = 16;
    static final int PROTOCOL = 18;

    private SteeringKey() {}
}
