# shellcheck shell=bash
# What doctor says of the driver dpdk: libraries, huge pages, vfio, and the network devices on PCI.

doctor_dpdk() {
    local there found other
    there=$(PATH=$PATH:/usr/sbin:/sbin ldconfig -p | sed -En 's/.*librte_ethdev\.so\.([0-9]+) .*/\1/p' | sort -nu)
    found=$(printf '%s\n' "$there" | sed -En '/^(23|24|25)$/p' | tail -n 1)
    other=${there:+, but librte_ethdev.so.${there//$'\n'/, librte_ethdev.so.} of a release that is not known}
    case $found in
        23) dpdk_line ok "DPDK 22.11" ;;
        24) dpdk_line ok "DPDK 23.11" ;;
        25) dpdk_line ok "DPDK 24.11" ;;
        *) dpdk_line - "no DPDK 22.11, 23.11 or 24.11$other; get it: apt-get install librte-meta-all, or set library.path in etc/joyride.nic.dpdk.cfg" ;;
    esac
    dpdk_hugepages
    if [ -e /dev/vfio/vfio ]; then
        dpdk_line ok "vfio is loaded; a device is given to it by dpdk-devbind.py --bind=vfio-pci ADDRESS (package dpdk)"
    else
        dpdk_line - "no vfio: PCI devices cannot be driven (modprobe vfio-pci, and an IOMMU), virtual ones can"
    fi
    dpdk_devices
}

dpdk_line() { printf '  %-8s %-18s %s\n' "$1" 'driver dpdk' "$2"; }

dpdk_hugepages() {
    local free size
    free=$(sed -n 's/^HugePages_Free:[[:space:]]*//p' /proc/meminfo)
    size=$(sed -n 's/^Hugepagesize:[[:space:]]*\([0-9]*\).*/\1/p' /proc/meminfo)
    if [ "${free:-0}" -gt 0 ]; then
        dpdk_line ok "$((free * size / 1024)) MiB of huge pages are free"
    else
        dpdk_line - "no free huge pages: virtual devices work without; for a NIC reserve some: sysctl vm.nr_hugepages=256"
    fi
}

# Every Ethernet device on PCI: driver, IOMMU group, kernel's name, virtual functions.
dpdk_devices() {
    local device text nets
    for device in /sys/bus/pci/devices/*; do
        case $(cat "$device/class" 2>/dev/null) in
            0x0200*) ;;
            *) continue ;;
        esac
        text="${device##*/}: driver $(dpdk_link "$device/driver"), IOMMU group $(dpdk_link "$device/iommu_group")"
        # virtio's lie one level deeper, in virtio1/net.
        nets=$(find "$device"/net "$device"/virtio*/net -mindepth 1 -maxdepth 1 -printf '%f ' 2>/dev/null | sed 's, $,,') || true
        text="$text${nets:+, in the kernel $nets}"
        [ ! -e "$device/sriov_totalvfs" ] || text="$text, $(cat "$device/sriov_numvfs") of $(cat "$device/sriov_totalvfs") VFs"
        [ ! -e "$device/physfn" ] || text="$text, VF of $(dpdk_link "$device/physfn")"
        dpdk_line - "$text"
    done
}

dpdk_link() {
    local target
    target=$(readlink "$1") || target=none
    printf '%s' "${target##*/}"
}
