package joyride.nic.afxdp;

import static joyride.nic.afxdp.Namespace.ip;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import joyride.api.nic.NicConfiguration;
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
final class Cable implements AutoCloseable {
    static final String NEAR_MAC = "02:00:00:00:00:02";
    static final String FAR_MAC = "02:00:00:00:00:01";

    private final SteeringMap map;
    final List<String> failed = new ArrayList<>();
    private int changes;

    Cable(final String extra) throws Exception {
        ip("link add near address " + NEAR_MAC + " " + extra + " type veth peer name far address " + FAR_MAC + " "
                + extra);
        ip("link set near up");
        ip("link set far up");
        ip("addr add 10.9.0.1/24 dev far");
        while (!NetworkDevice.find("near").running()) {
            // The kernel says so a little later than it is so.
            LockSupport.parkNanos(1_000_000);
        }
        ip("neigh add 10.9.0.2 lladdr " + NEAR_MAC + " dev far");
        map = new SteeringMap("test", 16);
        map.add(0, 0xffff_0a09_0002L);
    }

    NicPort open(final Map<String, String> settings) throws NicException {
        return open(0, settings);
    }

    NicPort open(final int queues, final Map<String, String> settings) throws NicException {
        return new AfXdpDriver()
                .open(new NicConfiguration(
                        "nic0",
                        "near",
                        queues,
                        new Steering() {
                            @Override
                            public boolean shared() {
                                return false;
                            }

                            @Override
                            public int map() {
                                return map.descriptor();
                            }
                        },
                        new NicEvents() {
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
                        },
                        settings));
    }

    /** Waits until the port has told that it failed. @return why */
    String awaitFailure() throws InterruptedException {
        synchronized (failed) {
            while (failed.isEmpty()) {
                failed.wait();
            }
            return failed.getFirst();
        }
    }

    /** Waits until the port has told {@code count} times of a change. */
    void awaitChanges(final int count) throws InterruptedException {
        synchronized (failed) {
            while (changes < count) {
                failed.wait();
            }
        }
    }

    int changes() {
        synchronized (failed) {
            return changes;
        }
    }

    /** A second handle on the map, for a driver made by hand. */
    SteeringMap map() throws BpfException {
        return map;
    }

    @Override
    public void close() {
        map.close();
    }
}
