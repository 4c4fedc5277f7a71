package joyride.nic.afpacket;

import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.linux.NetworkDevice;
import joyride.linux.bpf.BpfException;
import joyride.linux.bpf.BpfProgram;
import joyride.linux.bpf.SteeringPrograms;
import org.osgi.service.component.annotations.Component;

/**
 * The driver {@code afpacket}: copies of a device's frames from a packet socket. It needs no XDP, leaves the device as it is, and
 * any number of ports may be open on one device. The kernel sees every frame too; that it does not answer those that are Joyride's is core's
 * guard's business on a shared address, and on an address of Joyride's own the kernel has no reason to.
 */
@Component(service = NicDriver.class, property = NicDriver.TYPE + "=afpacket")
public final class AfPacketDriver implements NicDriver {
    @Override
    public NicPort open(final NicConfiguration configuration) throws NicException {
        final AfPacketSettings settings = AfPacketSettings.of(configuration);
        final String name = configuration.name();
        final NetworkDevice device;
        try {
            device = NetworkDevice.find(configuration.device());
        } catch (final NetworkDevice.Unavailable e) {
            throw new NicException(name + ": " + e.getMessage(), e);
        }
        if (!device.up()) {
            throw Failures.of(name, "device " + device.name(), -Failures.ENETDOWN);
        }
        final int frame = device.mtu() + Packet.ETHERNET_HEADER + Packet.VLAN_TAG;
        final int slot = Math.max(2048, Integer.highestOneBit(frame + Packet.SLOT_OVERHEAD - 1) << 1);
        final PacketSocket socket = PacketSocket.open(name);
        try {
            socket.ring(slot, settings.frames(), settings.bypass());
            final String filter = filter(socket, configuration);
            socket.bind(device.index());
            final AfPacketQueue queue = new AfPacketQueue(
                    socket.descriptor(), socket.ring(), slot, device.mtu() + Packet.ETHERNET_HEADER, settings.frames());
            final String mode =
                    "TPACKET_V2, " + filter + (settings.bypass() ? ", qdisc bypassed" : ", through the qdisc");
            return new AfPacketPort(name, device, socket, queue, device.mtu(), mode, configuration.events());
        } catch (final NicException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** @return what is filtered, for {@code joyride:interfaces} */
    private static String filter(final PacketSocket socket, final NicConfiguration configuration) throws NicException {
        try (BpfProgram program =
                SteeringPrograms.filter(configuration.steering().map())) {
            socket.filter(program);
            return "steered by BPF";
        } catch (final BpfException | NicException e) {
            if (configuration.steering().shared()) {
                // Core's guard, without which the kernel would answer for us, needs BPF too.
                throw new NicException(
                        configuration.name() + ": cannot share the kernel's address: " + e.getMessage(), e);
            }
            return "unsteered (" + e.getMessage().lines().findFirst().orElse("") + ")";
        }
    }

    @Override
    public void rehearse() {
        Rehearsal.run();
    }
}
