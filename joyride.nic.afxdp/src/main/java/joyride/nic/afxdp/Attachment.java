package joyride.nic.afxdp;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import joyride.linux.NetworkDevice;
import joyride.linux.bpf.BpfException;
import joyride.linux.bpf.BpfLink;
import joyride.linux.bpf.BpfMap;
import joyride.linux.bpf.BpfProgram;
import joyride.linux.bpf.SteeringPrograms;

/** The XDP program on a device, with the map of its sockets by queue. Goes with this object or with the process. */
final class Attachment implements AutoCloseable {
    private final BpfMap sockets;
    private final BpfProgram program;
    private final BpfLink link;

    private Attachment(final BpfMap sockets, final BpfProgram program, final BpfLink link) {
        this.sockets = sockets;
        this.program = program;
        this.link = link;
    }

    /**
     * Attaches the program; until sockets are added everything passes to the kernel.
     *
     * @param steeringMap what of the traffic is Joyride's
     * @param queues of the device
     * @param scattered whether frames may have several buffers
     * @param flags {@link BpfLink#XDP_NATIVE} or {@link BpfLink#XDP_GENERIC}
     */
    static Attachment of(
            final NetworkDevice device,
            final int steeringMap,
            final int queues,
            final boolean scattered,
            final int flags)
            throws XdpException {
        BpfMap sockets = null;
        BpfProgram program = null;
        BpfLink link = null;
        try {
            sockets = BpfMap.create("joyride_sockets", BpfMap.SOCKETS, Integer.BYTES, Integer.BYTES, queues, 0);
            program = SteeringPrograms.redirect(steeringMap, sockets.descriptor(), scattered);
            link = BpfLink.xdp(program, device.index(), flags);
            return new Attachment(sockets, program, link);
        } catch (final BpfException e) {
            throw Failures.attach(device.name(), e.errno(), e.getMessage());
        } finally {
            if (link == null) {
                if (program != null) {
                    program.close();
                }
                if (sockets != null) {
                    sockets.close();
                }
            }
        }
    }

    /** From now on Joyride's frames of {@code queue} go to {@code socket}. */
    void add(final int queue, final XdpSocket socket) throws XdpException {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            final MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
            key.set(ValueLayout.JAVA_INT, 0, queue);
            value.set(ValueLayout.JAVA_INT, 0, socket.descriptor());
            sockets.put(key, value);
        } catch (final BpfException e) {
            throw new XdpException(e.getMessage(), e.errno());
        }
    }

    @Override
    public void close() {
        link.close();
        program.close();
        sockets.close();
    }
}
