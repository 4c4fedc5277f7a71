package joyride.shell;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import joyride.api.admin.AdminException;
import joyride.api.admin.StackAdmin;

/** A service with fixed answers that remembers what it was told. */
class FakeAdmin implements StackAdmin {
    final List<String> calls = new ArrayList<>();
    final List<String> background = Collections.synchronizedList(new ArrayList<>());
    final Map<String, String> settings = new TreeMap<>(Map.of(
            "net.inet.tcp.cc.algorithm", "newreno",
            "net.inet.tcp.delacktime", "40",
            "net.inet.tcp.delayed_ack", "1"));
    private long packets = 100;

    @Override
    public List<InterfaceView> interfaces() {
        return List.of(
                new InterfaceView("lo0", "loopback", "", "-", true, "", 65535, List.of("127.77.0.1/16"), 1, 2, 3, 4, 0),
                new InterfaceView(
                        "wire0",
                        "wire",
                        "lossless",
                        "tso lro",
                        false,
                        "02:00:00:00:00:01",
                        1500,
                        List.of(),
                        10,
                        20,
                        30,
                        40,
                        5));
    }

    @Override
    public List<RouteView> routes() {
        return List.of(new RouteView("127.77.0.0/16", "", "lo0", "U"));
    }

    @Override
    public List<NeighbourView> neighbours() {
        return List.of();
    }

    @Override
    public List<InstanceView> instances() {
        return List.of(
                new InstanceView(1, "nginx", "100,101", "running", "freebsd", "cubic", 2, 1 << 20, 64 << 20),
                new InstanceView(2, "curl", "102", "running", "freebsd", "newreno", 1, 4096, 64 << 20),
                new InstanceView(3, "wrk", "", "its last process has gone", "freebsd", "cubic", 0, 0, 64 << 20),
                new InstanceView(4, "node", "104", "an exception", "freebsd", "cubic", 0, 0, 64 << 20));
    }

    @Override
    public List<SocketView> sockets() {
        return List.of(
                socket(1, "127.77.0.1:80", "*", "LISTEN", true, ""),
                socket(1, "127.77.0.1:80", "127.77.0.1:40000", "ESTABLISHED", true, ""),
                socket(2, "127.0.0.1:22", "127.0.0.1:40001", "ESTABLISHED", false, "address is the kernel's"));
    }

    static SocketView socket(
            final long id,
            final String local,
            final String remote,
            final String state,
            final boolean accelerated,
            final String reason) {
        return new SocketView(
                id, "tcp", local, remote, state, "freebsd", "cubic", 0, 0, 14480, 50, accelerated, reason, "100");
    }

    @Override
    public List<VariantView> variants() {
        return List.of(
                new VariantView("tcp", "freebsd", "joyride.tcp.freebsd 0.1.0", "active", 3),
                new VariantView("tcp", "newreno", "joyride.core 0.1.0", "active", 0),
                new VariantView("nic", "afpacket", "joyride.nic.afpacket 0.1.0", "waiting", 0),
                new VariantView("nic", "wire", "joyride.nic.wire 0.1.0", "in service", 1),
                new VariantView("ipc", "shm", "joyride.ipc.shm 0.1.0", "in service", 1),
                new VariantView("cc", "cubic", "joyride.tcp.cc 0.1.0", "active", 3));
    }

    @Override
    public Map<String, Map<String, Long>> counters() {
        packets += 1000;
        return Map.of("ip", Map.of("received", packets, "badsum", 0L), "tcp", Map.of("segs_out", 7L));
    }

    @Override
    public List<DropView> drops() {
        return List.of(new DropView("ip", "BAD_CHECKSUM", "the header's checksum is wrong", 3));
    }

    @Override
    public Map<String, String> sysctl(final long instance) {
        return Map.copyOf(settings);
    }

    @Override
    public void sysctl(final long instance, final String name, final String value) {
        if (!value.matches("[0-9a-z]+")) {
            throw new AdminException(name + " = '" + value + "' is out of range 0…5000");
        }
        calls.add("sysctl " + instance + " " + name + "=" + value);
        settings.put(name, value);
    }

    @Override
    public List<SwapView> swaps() {
        return List.of(new SwapView(0, "nic", "nic0", "afxdp (a 1)", "afpacket (b 2)", 1500, 1, 42));
    }

    @Override
    public String swap(final String kind, final String name, final SwapScope scope) {
        calls.add("swap " + kind + " " + name + " " + scope.instance() + scope.connection() + scope.interfaceName());
        return "3 connections moved to " + name + " in 1 ms";
    }

    @Override
    public Background background() {
        return new Background() {
            @Override
            public void begin() {
                background.add("begin on " + Thread.currentThread().getName());
            }

            @Override
            public void close() {
                background.add("close");
            }
        };
    }

    @Override
    public void prefer(final String bundle) {
        calls.add("prefer " + bundle);
    }

    @Override
    public void startCapture(final String interfaceName, final String file, final long most) {
        calls.add("capture " + interfaceName + " " + file + " " + most);
    }

    @Override
    public void startTrace(final String connection, final int events) {
        calls.add("trace " + connection + " " + events);
    }

    @Override
    public long stopTrace(final String connection, final String file) {
        calls.add("traced " + connection + " " + file);
        return 7;
    }

    @Override
    public long stopCapture(final String interfaceName) {
        calls.add("stop " + interfaceName);
        return 42;
    }

    @Override
    public boolean warm() {
        return true;
    }
}
