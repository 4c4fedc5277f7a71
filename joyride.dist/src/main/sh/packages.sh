# shellcheck shell=bash
# The Debian packages that building, demo, test and bench need.

# command or file | package | what for
PACKAGES='mvn|maven|builds everything
gcc|gcc|builds libjoyride.so
make|make|builds libjoyride.so
/usr/include/stdio.h|libc6-dev|builds libjoyride.so
nginx|nginx-light|demo, test, bench: a web server
redis-server|redis-server|demo, test, bench: a data store
redis-benchmark|redis-tools|demo, test, bench: load for Redis
curl|curl|demo, test: a web client
wrk|wrk|demo, test, bench: load for nginx
iperf3|iperf3|test, bench: bulk transfer
apache2|apache2-bin|test: a web server of processes and threads
/usr/lib/postgresql/*/bin/pgbench|postgresql|test: a database, and load for it
librte_ethdev.so|librte-meta-all|test, driver dpdk: libraries and drivers of DPDK
dpdk-testpmd|dpdk-dev|bench: the packet forwarder of DPDK
ip|iproute2|demo, test, bench: network namespaces
ethtool|ethtool|demo, test, bench: offloads of virtual NICs
ping|iputils-ping|demo, test: the kernel beside Joyride
strace|strace|test: what a program asks of the kernel
shellcheck|shellcheck|test: checks the scripts'

has_package() {
    case $1 in
        /*) compgen -G "$1" >/dev/null ;;
        librte_*) PATH=$PATH:/usr/sbin:/sbin ldconfig -p | grep -E "${1//./\\.}\.2[345] " >/dev/null ;;
        *) PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null ;;
    esac
}

# Prints the packages that are missing, one a line. $1: a pattern of what they are for.
missing_packages() {
    local file package purpose
    while IFS='|' read -r file package purpose; do
        # shellcheck disable=SC2254
        case $purpose in
            $1) has_package "$file" || printf '%s\n' "$package" ;;
        esac
    done <<<"$PACKAGES"
}

# apt starts the daemons that it installs unless policy-rc.d forbids it, and has them start at the next boot.
apt_install() {
    (
        policy=/usr/sbin/policy-rc.d
        saved=
        if [ -e "$policy" ]; then
            saved=$policy.joyride
            mv "$policy" "$saved"
        fi
        trap 'rm -f "$policy"; [ -z "$saved" ] || mv "$saved" "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq update && apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends install "$@"
        status=$?
        for daemon in nginx redis-server postgresql; do
            case " $* " in
                *" $daemon"*) systemctl --quiet disable "$daemon" || true ;;
            esac
        done
        exit "$status"
    ) </dev/null
}

# Installs what is missing for $1 (a pattern); without root it only says what to do.
need_packages() {
    local missing log
    mapfile -t missing < <(missing_packages "$1")
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        say "missing: ${missing[*]}; install them as root: apt-get install ${missing[*]}"
        return 1
    fi
    command -v apt-get >/dev/null || die "missing: ${missing[*]}, and there is no apt-get to install them with; install them by hand"
    say "installing ${missing[*]}"
    log=$(mktemp)
    if ! apt_install "${missing[@]}" >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        die "apt-get could not install ${missing[*]}; install them by hand (log: $log)"
    fi
    rm -f "$log"
    hash -r
}
