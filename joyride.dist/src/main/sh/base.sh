# shellcheck shell=bash
# Messages, and where things are.

say() { printf 'joyride: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# Says what is wrong with the arguments.
usage_error() {
    say "$*"
    exit 2
}

needs_source() {
    [ -n "$JOYRIDE_SOURCE" ] || die "'$1' needs a source tree; this is an unpacked distribution, which has run, exec, shell and doctor"
}

# The unpacked distribution: this one, or the one that the source tree builds.
find_home() {
    if [ -z "$JOYRIDE_SOURCE" ]; then
        dirname "$JOYRIDE_SH" | xargs -d '\n' dirname
        return
    fi
    local homes=("$JOYRIDE_SOURCE"/joyride.dist/target/dist/joyride-*/)
    [ -d "${homes[0]}" ] || return 1
    printf '%s\n' "${homes[0]%/}"
}

joyride_version() {
    local jar
    [ $# -eq 0 ] || usage_error "version knows no '$1'; usage: joyride version"
    if [ -n "$JOYRIDE_SOURCE" ]; then
        sed -n '/<version>/{s|.*<version>\(.*\)</version>.*|joyride \1|p;q}' "$JOYRIDE_SOURCE/pom.xml"
        return
    fi
    jar=$(printf '%s\n' "$(find_home)"/bundle/joyride.core-*.jar)
    jar=${jar##*/joyride.core-}
    printf 'joyride %s\n' "${jar%.jar}"
}

# The run-time directory: sockets, bundle cache, counters. Only its owner may write there.
run_dir() {
    if [ -n "${JOYRIDE_RUN:-}" ]; then
        printf '%s\n' "$JOYRIDE_RUN"
    elif [ -n "${XDG_RUNTIME_DIR:-}" ]; then
        printf '%s\n' "$XDG_RUNTIME_DIR/joyride"
    else
        printf '%s\n' "/tmp/joyride-$(id -u)"
    fi
}

# Prints the process id of the service of run-time directory $1, also of one that begins or ends, or fails.
running_pid() {
    local pid
    pid=$(cat "$1/service.pid" 2>/dev/null) || return 1
    # One that was killed may be there still, as a zombie; its number may be another process's by now.
    [ -n "$pid" ] && grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" && grep -qasF joyride "/proc/$pid/cmdline" || return 1
    printf '%s\n' "$pid"
}

# The same of a service that can be spoken to.
service_pid() {
    [ -S "$1/attach.sock" ] || [ -S "$1/shell.sock" ] || return 1
    running_pid "$1"
}

# Says why no service can be used, of those that service_dir looks for.
no_service() {
    local dir
    for dir in "$(run_dir)" "${JOYRIDE_RUN:-/run/joyride}"; do
        if [ -d "$dir" ] && [ ! -x "$dir" ]; then
            printf '%s' "$dir is closed to $(id -un): if a service runs there, its user lets others in by 'users = $(id -un)' in etc/joyride.ipc.shm.cfg"
            return
        fi
    done
    printf '%s' "no service in $(run_dir) (start one with: joyride run)"
}

# The run-time directory of a running service: the user's own, else the system's. Waits for one that begins or ends, up to 10 s.
service_dir() {
    local dir looks=0
    for dir in "$(run_dir)" "${JOYRIDE_RUN:-/run/joyride}"; do
        # Everybody may make a directory of that name in /tmp, and be the service there.
        [ -n "${JOYRIDE_RUN:-}" ] || [ -O "$dir" ] || [ "$dir" = /run/joyride ] || continue
        while [ $((looks++)) -lt 100 ] && running_pid "$dir" >/dev/null && ! service_pid "$dir" >/dev/null; do
            sleep 0.1
        done
        if service_pid "$dir" >/dev/null; then
            printf '%s\n' "$dir"
            return
        fi
    done
    return 1
}

# The lines of the help that are about command $1; fails if there are none.
joyride_help_of() {
    joyride_help | awk -v verb="$1" '
        /^[A-Z]/ { ours = 0 }
        /^  [a-z]/ { ours = $1 == verb }
        ours { print; found = 1 }
        END { exit !found }'
}

joyride_help() {
    cat <<'TEXT'
joyride COMMAND

  demo              build, start the service, run unmodified nginx and Redis over it, swap its TCP under load;
                    as root also serve another host over a virtual NIC
  test [--long]     install what the tests need and run all of them; --long adds more simulation seeds
  run [--etc DIR]   start the service in the foreground; DIR holds its *.cfg files (default: the distribution's etc/)
  exec -- PROGRAM…  run a program with its sockets over Joyride
  shell [-c "…"]    the service's Gogo shell, or one command of it
  doctor            what this machine has and lacks, and how to get it
  bench [nic]       Joyride and the kernel in turn, as tables: on one host, or as root over a virtual NIC
  bench driver      the DPDK driver loop and testpmd in turn
  bench memif       one TCP stream between two services over memif, and testpmd in turn
  bench figures     the five figures, tables and plots, to docs/figures; --quick, --figure N, --runs N, --seconds S, --output DIR
  bench cwnd        the window of each congestion control over one simulated link, to docs/figures; -o DIR
  bench connections  100,000 connections and what they cost; --speed: beside 1,000, in turn; --in-service: 1,000,000 between two stacks in one process
  bench stalls      the longest stalls under load and after a swap
  packetdrill FILE…  plays packetdrill scripts against the TCP, in virtual time; -v, --variant, --swap-every, --mutants
  version           the version of this command and of the service that it starts
  help              this text

Environment:
  JAVA_HOME         the JDK to use, if it is 25 or later
  JOYRIDE_JVM_OPTIONS  more flags for the service's JVM, such as -Xmx2g for 200,000 sockets and more
  JOYRIDE_RUN       the run-time directory (default $XDG_RUNTIME_DIR/joyride, else /tmp/joyride-UID)
TEXT
}
