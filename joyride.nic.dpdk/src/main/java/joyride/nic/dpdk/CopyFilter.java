package joyride.nic.dpdk;

import joyride.api.nic.NicException;
import joyride.api.nic.Steering;
import joyride.linux.Sockets;
import joyride.linux.SystemError;
import joyride.linux.bpf.BpfException;
import joyride.linux.bpf.BpfProgram;
import joyride.linux.bpf.SteeringPrograms;

/** Lets a virtual device that gets copies of a device's frames have those alone that are Joyride's. */
final class CopyFilter {
    private static final int SOL_PACKET = 263;
    private static final int PACKET_IGNORE_OUTGOING = 23;

    private CopyFilter() {}

    /**
     * @param sockets packet sockets of the virtual device
     * @return what is filtered, for {@code joyride:interfaces}
     * @throws NicException if the kernel's address is shared and there can be no filter
     */
    static String attach(final int[] sockets, final Steering steering) throws NicException {
        try (BpfProgram program = SteeringPrograms.filter(steering.map())) {
            if (sockets.length == 0) {
                throw new NicException("the sockets of the device are not found in /proc/self/fd");
            }
            for (final int socket : sockets) {
                check(Sockets.setOption(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1));
                check(Sockets.setOption(socket, Sockets.SOL_SOCKET, Sockets.SO_ATTACH_BPF, program.descriptor()));
            }
            return "steered by BPF";
        } catch (final BpfException | NicException e) {
            if (steering.shared()) {
                throw new NicException("cannot share the kernel's address: " + e.getMessage(), e);
            }
            return "unsteered (" + e.getMessage().lines().findFirst().orElse("") + ")";
        }
    }

    private static void check(final int result) throws NicException {
        if (result < 0) {
            throw new NicException("filter of a packet socket: " + SystemError.text(-result));
        }
    }
}
