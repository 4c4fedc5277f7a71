package joyride.ipc.shm;

/** A connection of the attach socket: a process, once it said hello. */
final class AttachConnection {
    final int number;
    final int fd;
    ShmInstance instance;
    ShmProcess process;

    AttachConnection(final int number, final int fd) {
        this.number = number;
        this.fd = fd;
    }
}
