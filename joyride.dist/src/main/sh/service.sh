# shellcheck shell=bash
# The running service: run, exec, shell.

joyride_run() {
    local home run etc=
    while [ $# -gt 0 ]; do
        case $1 in
            --etc)
                etc=${2:-}
                [ -d "$etc" ] || usage_error "--etc '$etc' is not a directory; give one that holds the *.cfg files"
                etc=$(readlink -f "$etc")
                shift 2
                ;;
            *) usage_error "run knows no '$1'; usage: joyride run [--etc DIR]" ;;
        esac
    done
    use_jdk
    build
    home=$(find_home)
    make_run_dir
    run=$(run_dir)
    take_run_dir "$run"
    cd /
    # shellcheck disable=SC2086 # several flags
    exec "$JAVA_HOME/bin/java" "@$home/conf/jvm.options" ${JOYRIDE_JVM_OPTIONS:-} \
        "-Djoyride.home=$home" "-Djoyride.run=$run" "-Djoyride.etc=${etc:-$home/etc}" \
        "-Dfelix.config.properties=file:$home/conf/framework.properties" \
        -Djava.util.logging.manager=joyride.launcher.LastingLogManager \
        -cp "$home/lib/felix.jar:$home/lib/launcher.jar" org.apache.felix.main.Main 2> >(without_known_warning)
}

# The JVM says at each start that the vector module is an incubator's, and has no option to be silent; all else passes. Ends
# with the service, not by the Ctrl-C that the service is still to report on.
without_known_warning() {
    trap '' INT TERM HUP
    exec grep -a -v --line-buffered '^WARNING: Using incubator modules: jdk.incubator.vector$' >&2
}

# Makes this process, which becomes the service, the one of run-time directory $1. Of two that start at once one is first.
take_run_dir() {
    local pid lock
    # A file that others may not open: who holds a lock on it is one of ours.
    (umask 077 && : >>"$1/service.lock")
    exec {lock}>>"$1/service.lock"
    flock -w 10 "$lock" || die "another joyride run holds $1/service.lock for 10 s; end it, or set JOYRIDE_RUN to another directory"
    # In a container an earlier service had this one's number.
    if pid=$(running_pid "$1") && [ "$pid" != $$ ]; then
        die "a service already runs in $1 (process $pid); stop it, or set JOYRIDE_RUN to another directory"
    fi
    rm -f "$1/attach.sock" "$1/shell.sock"
    echo $$ >"$1/service.pid"
    exec {lock}<&-
}

make_run_dir() {
    local run
    run=$(run_dir)
    (umask 077 && mkdir -p "$run") || die "cannot make the run-time directory $run; set JOYRIDE_RUN to a directory that you may write"
    # /tmp is everybody's: never use a directory that somebody else put there.
    if [ ! -O "$run" ] || [ ! -w "$run" ] || [ -L "$run" ]; then
        die "the run-time directory $run is not yours; set JOYRIDE_RUN to one that is"
    fi
}

joyride_exec() {
    local home run
    [ "${1:-}" != -- ] || shift
    [ $# -gt 0 ] || usage_error "exec needs a program; usage: joyride exec -- PROGRAM ARGUMENTS"
    if ! type -P -- "$1" >/dev/null; then
        say "there is no program '$1'"
        exit 127
    fi
    if run=$(service_dir); then
        home=$(find_home) || die "libjoyride.so is not built; run: joyride run"
        export LD_PRELOAD="$home/lib/libjoyride.so${LD_PRELOAD:+:$LD_PRELOAD}"
        export JOYRIDE_ATTACH="$run/attach.sock"
        ! is_static "$1" || say "'$1' is linked statically: its sockets are the kernel's"
    else
        say "$(no_service); '$1' runs on the kernel's stack"
    fi
    exec -- "$@"
}

# Whether program $1 is a 64-bit executable without a program header that names a dynamic linker (PT_INTERP, 3), which would load the layer.
is_static() {
    local file headers count
    file=$(type -P -- "$1")
    [ -r "$file" ] && head -c 5 -- "$file" | LC_ALL=C grep -qaP '^\x7fELF\x02' || return 1
    headers=$(($(od -An -tu8 -j32 -N8 -- "$file")))
    count=$(($(od -An -tu2 -j56 -N2 -- "$file")))
    ! od -An -v -tu4 -w56 -j "$headers" -N $((56 * count)) -- "$file" | grep -qE '^ *3 '
}

joyride_shell() {
    local home run
    if ! run=$(service_dir); then
        say "$(no_service)"
        exit 69 # as the shell itself says it (docs/shell.md)
    fi
    use_jdk
    home=$(find_home) || die "the distribution is not built; run: joyride run"
    if [ -t 1 ]; then
        COLUMNS=$(stty size 2>/dev/null | cut -d' ' -f2) # what a table must fit
        export COLUMNS
    fi
    exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Xmx64m \
        --enable-native-access=ALL-UNNAMED \
        -cp "$(printf '%s:' "$home"/bundle/joyride.shell-*.jar "$home/lib/jline.jar")" joyride.shell.client.ShellClient "$run/shell.sock" "$@"
}
