package joyride.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import joyride.testkit.live.LiveService;
import joyride.testkit.live.Program;
import joyride.testkit.netns.Namespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What doctor says of a machine's NICs and huge pages: one with a NIC, two of its VFs, something that is no NIC and three huge pages is laid under it. */
@Timeout(100)
final class DoctorIT {
    private static final String NIC = "0000:01:00.0";
    private static final String VF = "0000:01:10.0";

    @TempDir
    Path machine;

    private Path device(final String address, final String kind, final String driver, final int group)
            throws IOException {
        Path device = Files.createDirectories(machine.resolve(address));
        Files.writeString(device.resolve("class"), kind + "\n");
        if (driver != null) {
            Files.createSymbolicLink(device.resolve("driver"), Path.of("../../../bus/pci/drivers/" + driver));
            Files.createSymbolicLink(device.resolve("iommu_group"), Path.of("../../../kernel/iommu_groups/" + group));
        }
        return device;
    }

    @Test
    void shouldListDevicesDriversIommuGroupsAndVfs() throws Exception {
        assumeTrue(Namespace.isRoot(), "not root: only root can lay another machine's devices under doctor");
        assumeTrue(Files.isDirectory(Path.of("/sys/bus/pci/devices")), "this machine has no PCI to lay them over");
        Path nic = device(NIC, "0x020000", "ixgbe", 7);
        Files.createDirectories(nic.resolve("net/eth7"));
        Files.writeString(nic.resolve("sriov_totalvfs"), "63\n");
        Files.writeString(nic.resolve("sriov_numvfs"), "2\n");
        Path vf = device(VF, "0x020000", "vfio-pci", 12);
        Files.createSymbolicLink(vf.resolve("physfn"), Path.of("../" + NIC));
        device("0000:01:10.2", "0x020000", null, 0);
        Files.createDirectories(
                device("0000:03:00.0", "0x020000", "virtio-pci", 9).resolve("virtio1/net/eth8"));
        device("0000:02:00.0", "0x010802", "nvme", 3);
        Path meminfo = Files.writeString(
                machine.resolve("meminfo"), "HugePages_Free:        3\nHugepagesize:       2048 kB\n");
        String said = Program.run(
                        List.of(
                                "unshare",
                                "--mount",
                                "sh",
                                "-c",
                                "mount --bind \"$1\" /sys/bus/pci/devices && mount --bind \"$2\" /proc/meminfo && exec \"$3\" doctor",
                                "doctor",
                                machine.toString(),
                                meminfo.toString(),
                                LiveService.command()),
                        Map.of(),
                        Duration.ofSeconds(60))
                .output();
        List<String> lines = said.lines().map(String::strip).toList();
        String begin = "-        driver dpdk        ";
        assertTrue(
                lines.contains(begin + NIC + ": driver ixgbe, IOMMU group 7, in the kernel eth7, 2 of 63 VFs"), said);
        assertTrue(lines.contains(begin + VF + ": driver vfio-pci, IOMMU group 12, VF of " + NIC), said);
        assertTrue(lines.contains(begin + "0000:01:10.2: driver none, IOMMU group none"), said);
        assertTrue(lines.contains(begin + "0000:03:00.0: driver virtio-pci, IOMMU group 9, in the kernel eth8"), said);
        assertTrue(lines.stream().noneMatch(line -> line.contains("0000:02:00.0")), said);
        assertTrue(lines.contains("ok       driver dpdk        6 MiB of huge pages are free"), said);
        String vfio = Files.exists(Path.of("/dev/vfio/vfio"))
                ? "ok       driver dpdk        vfio is loaded"
                : "-        driver dpdk        no vfio: ";
        assertTrue(lines.stream().anyMatch(line -> line.startsWith(vfio)), said);
        String release = Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/librte_ethdev.so.23"))
                ? "ok       driver dpdk        DPDK 2[234]\\.11"
                : "(ok       driver dpdk        DPDK 2[34]\\.11|-        driver dpdk        no DPDK 22\\.11, .*)";
        assertTrue(lines.stream().anyMatch(line -> line.matches(release)), said);
    }
}
