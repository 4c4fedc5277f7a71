# shellcheck shell=bash
# What doctor says of AF_XDP: what this kernel and this user can do, and how to get the rest.

doctor_afxdp() {
    local release capabilities missing=() device
    release=$(uname -r)
    if ! kernel_at_least 5 10; then
        printf '  MISSING  %-18s %s\n' "AF_XDP" "Linux $release is too old; it needs 5.10, and 6.6 for addresses shared with the kernel and large MTUs"
    elif [ "$(kernel_option XDP_SOCKETS)" = n ]; then
        printf '  MISSING  %-18s %s\n' "AF_XDP" "Linux $release is built without CONFIG_XDP_SOCKETS"
    elif kernel_at_least 6 6; then
        printf '  ok       %-18s %s\n' "AF_XDP" "Linux $release"
    else
        printf '  -        %-18s %s\n' "AF_XDP" "Linux $release; 6.6 is needed for addresses shared with the kernel and large MTUs"
    fi
    capabilities=$((16#$(awk '/^CapEff/ { print $2 }' /proc/self/status)))
    ((capabilities >> 12 & 1)) || missing+=(CAP_NET_ADMIN)
    ((capabilities >> 13 & 1)) || missing+=(CAP_NET_RAW)
    ((capabilities >> 39 & 1 || capabilities >> 21 & 1)) || missing+=(CAP_BPF)
    if [ ${#missing[@]} -gt 0 ]; then
        printf '  -        %-18s %s\n' "AF_XDP rights" "a service of this user may not use it: run as root, or give the service ${missing[*]}"
    elif ! ((capabilities >> 14 & 1)) && [ "$(ulimit -l)" != unlimited ]; then
        printf '  -        %-18s %s\n' "AF_XDP memory" "only $(ulimit -l) KiB may be locked, a queue takes 8 MiB: raise RLIMIT_MEMLOCK, or give the service CAP_IPC_LOCK"
    else
        printf '  ok       %-18s %s\n' "AF_XDP rights" "a service of this user may use it"
    fi
    for device in /sys/class/net/*; do
        if is_veth "$device"; then
            printf '  -        %-18s %s\n' "${device##*/}" "is a veth: checksums are verified, so its other end must finish them: ethtool -K PEER tx off"
        fi
    done
}

# Whether the kernel is at least $1.$2.
kernel_at_least() {
    local major minor
    IFS=.- read -r major minor _ <<<"$(uname -r)"
    [ "$major" -gt "$1" ] || { [ "$major" -eq "$1" ] && [ "$minor" -ge "$2" ]; }
}

# What the kernel was built with for CONFIG_$1: y, m, n, or nothing if it does not tell.
kernel_option() {
    local config
    for config in /proc/config.gz "/boot/config-$(uname -r)"; do
        [ -r "$config" ] || continue
        case $config in
            *.gz) zcat "$config" ;;
            *) cat "$config" ;;
        esac | awk -F= -v option="CONFIG_$1" '$1 == option { found = $2 } END { print found ? found : "n" }'
        return
    done
}

# Whether the device of /sys/class/net/NAME is one end of a veth pair: it has no hardware, and its link is another device.
is_veth() {
    [ ! -e "$1/device" ] && [ -r "$1/iflink" ] && [ ! -e "$1/bridge" ] && [ ! -e "/proc/net/vlan/${1##*/}" ] \
        && [ "$(cat "$1/iflink")" != "$(cat "$1/ifindex")" ]
}
