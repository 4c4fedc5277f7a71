package joyride.testkit.nic;

import static joyride.testkit.nic.ThreadNamespace.ip;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import joyride.api.nic.NicConfiguration;
import joyride.api.nic.NicDriver;
import joyride.api.nic.NicEvents;
import joyride.api.nic.NicException;
import joyride.api.nic.NicPort;
import joyride.api.nic.Steering;
import joyride.linux.NetworkDevice;
import joyride.linux.bpf.BpfException;
import joyride.linux.bpf.SteeringMap;

/**
 * A veth pair in this thread's namespace: the kernel is 10.9.0.1 on {@code far}, Joyride 10.9.0.2 on {@code near}. The kernel knows our
 * Ethernet address, so that tests of frames need no ARP.
 */
public final class Cable implements AutoCloseable {
    public static final String NEAR_MAC = "02:00:00:00:00:02";
    private static final String FAR_MAC = "02:00:00:00:00:01";

    private final SteeringMap map;
    private final List<String> failed = new ArrayList<>();
    private int changes;

    /** @param extra what {@code ip link add} takes for each end, such as {@code mtu 9000} */
    public Cable(final String extra) throws Exception {
        ip("link add near address " + NEAR_MAC + " " + extra + " type veth peer name far address " + FAR_MAC + " "
                + extra);
        ip("link set near up");
        ip("link set far up");
        ip("addr add 10.9.0.1/24 dev far");
        awaitCarrier();
        ip("neigh add 10.9.0.2 lladdr " + NEAR_MAC + " dev far");
        map = map();
        map.add(0, 0xffff_0a09_0002L);
    }

    /** Waits until both ends carry: the kernel says so of each in its own time, and drops what an end sends before. */
    public void awaitCarrier() throws NetworkDevice.Unavailable {
        while (!NetworkDevice.find("near").running()
                || !NetworkDevice.find("far").running()) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static SteeringMap map() throws BpfException {
        return new SteeringMap("test", 16);
    }

    /** What is Joyride's: 10.9.0.2, until a test changes it. */
    public SteeringMap steering() {
        return map;
    }

    public NicPort open(final NicDriver driver, final Map<String, String> settings) throws NicException {
        return open(driver, 0, false, settings);
    }

    /** @param shared whether the driver is told that the address is the kernel's too */
    public NicPort open(
            final NicDriver driver, final int queues, final boolean shared, final Map<String, String> settings)
            throws NicException {
        return driver.open(
                new NicConfiguration("nic0", "near", queues, new Steered(map, shared), new Events(), settings));
    }

    /** Waits until a port has told that it failed. @return why */
    public String awaitFailure() throws InterruptedException {
        synchronized (failed) {
            while (failed.isEmpty()) {
                failed.wait();
            }
            return failed.getFirst();
        }
    }

    /** Why ports have told that they failed. */
    public List<String> failures() {
        synchronized (failed) {
            return List.copyOf(failed);
        }
    }

    /** Waits until ports have told {@code count} times of a change. */
    public void awaitChanges(final int count) throws InterruptedException {
        synchronized (failed) {
            while (changes < count) {
                failed.wait();
            }
        }
    }

    public int changes() {
        synchronized (failed) {
            return changes;
        }
    }

    @Override
    public void close() {
        map.close();
    }

    private record Steered(SteeringMap steering, boolean shared) implements Steering {
        @Override
        public int map() {
            return steering.descriptor();
        }
    }

    private final class Events implements NicEvents {
        @Override
        public void failed(final String reason) {
            synchronized (failed) {
                failed.add(reason);
                failed.notifyAll();
            }
        }

        @Override
        public void changed() {
            synchronized (failed) {
                changes++;
                failed.notifyAll();
            }
        }
    }
}
