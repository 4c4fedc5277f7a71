package joyride.testkit.netns;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import joyride.api.net.IpAddress;
import joyride.core.kernel.KernelFollower;
import joyride.core.kernel.KernelNeighbour;
import joyride.core.kernel.KernelPorts;
import joyride.core.kernel.KernelSnapshot;
import joyride.core.kernel.KernelView;
import joyride.core.kernel.ReservedPorts;
import joyride.core.kernel.SharedDevice;

/** Core's side of a shared device without core around it, in a process of its own because a namespace is a process's. */
final class KernelProbe {
    private KernelProbe() {}

    /** @param arguments {@code guard DEVICE ADDRESS PORT…}, {@code follow DEVICE NEIGHBOUR} {@code free ADDRESS FIRST LAST}
     *     or {@code reserve FILE PORTS} */
    public static void main(final String[] arguments) throws Exception {
        switch (arguments[0]) {
            case "guard" -> guard(arguments);
            case "follow" -> follow(arguments[1], IpAddress.parse(arguments[2]));
            case "free" ->
                System.out.println("free "
                        + KernelPorts.free(
                                IpAddress.parse(arguments[1]),
                                Integer.parseInt(arguments[2]),
                                Integer.parseInt(arguments[3])));
            case "reserve" -> reserve(Path.of(arguments[1]), arguments[2]);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Reserves ports twice as a service does that dies the first time, and prints what the kernel has after each step. */
    private static void reserve(final Path record, final String others) throws IOException {
        final Path sysctl = ReservedPorts.SYSCTL;
        Files.writeString(sysctl, others + "\n");
        ReservedPorts.take(sysctl, record, 50000, 50100);
        System.out.println("taken " + kernels());
        ReservedPorts.cleanUp(sysctl, record);
        System.out.println("cleaned " + kernels());
        ReservedPorts.take(sysctl, record, 50000, 50100).close();
        System.out.println("given back " + kernels());
    }

    private static String kernels() throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(ReservedPorts.SYSCTL)) {
            return "[" + reader.readLine() + "]";
        }
    }

    private static int index(final String device) throws IOException {
        return Integer.parseInt(Files.readString(Path.of("/sys/class/net/" + device + "/ifindex"))
                .strip());
    }

    /** Guards until its input ends; each line of input unclaims a port. */
    private static void guard(final String[] arguments) throws Exception {
        final IpAddress address = IpAddress.parse(arguments[2]);
        try (SharedDevice device = new SharedDevice(arguments[1], index(arguments[1]))) {
            for (int i = 3; i < arguments.length; i++) {
                device.claim(address.high(), address.low(), 6, Integer.parseInt(arguments[i]));
            }
            System.out.println("guards, kept " + device.guarded());
            while (true) {
                Thread.sleep(100); // to be killed
                System.out.println("kept " + device.guarded());
            }
        }
    }

    /** Tells what it sees of a device, and asks for a neighbour whenever that changes. */
    private static void follow(final String name, final IpAddress neighbour) throws Exception {
        final AtomicReference<KernelView> last = new AtomicReference<>();
        final KernelFollower[] follower = new KernelFollower[1];
        follower[0] = new KernelFollower(new KernelFollower.Listener() {
            @Override
            public void changed(final KernelSnapshot now) {
                final KernelView view = now.devices().get(name);
                if (last.getAndSet(view) != view) {
                    System.out.println(
                            view == null
                                    ? "gone"
                                    : "sees " + view.up() + " " + view.mtu() + " " + view.addresses() + " "
                                            + view.routes());
                }
            }

            @Override
            public void neighbour(final KernelNeighbour now) {
                System.out.println("neighbour " + now.address() + " " + now.state());
            }

            @Override
            public void ended() {
                System.out.println("ended");
            }
        });
        System.out.println("first " + follower[0].awaitFirst(10_000));
        follower[0].ask(index(name), neighbour.high(), neighbour.low());
        Thread.sleep(600_000); // to be killed
    }
}
