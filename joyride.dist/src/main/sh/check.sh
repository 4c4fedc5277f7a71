# shellcheck shell=bash
# What looks at the whole: doctor, test, demo, bench.

joyride_doctor() {
    local jdk file package purpose run ok=0
    [ $# -eq 0 ] || usage_error "doctor knows no '$1'; usage: joyride doctor"
    if jdk=$(find_jdk); then
        printf '  ok       %-18s %s\n' "JDK $(jdk_version "$jdk")" "$jdk"
    else
        ok=1
        printf '  MISSING  %-18s %s\n' "JDK >= $JDK_MIN" "runs the service; Debian: openjdk-$JDK_MIN-jdk, or Temurin $JDK_MIN, or set JAVA_HOME"
    fi
    while IFS='|' read -r file package purpose; do
        if has_package "$file"; then
            printf '  ok       %-18s %s\n' "$package" "$purpose"
        else
            ok=1
            printf '  MISSING  %-18s %s; get it: apt-get install %s\n' "$package" "$purpose" "$package"
        fi
    done <<<"$PACKAGES"
    if run=$(service_dir); then
        printf '  ok       %-18s process %s in %s\n' service "$(service_pid "$run")" "$run"
    else
        printf '  -        %-18s none in %s; start one: joyride run\n' service "$(run_dir)"
    fi
    doctor_afxdp
    doctor_afpacket
    printf '  ok       %-18s %s\n' 'driver memif' "shared memory with another process; needs nothing"
    doctor_dpdk
    [ "$(id -u)" -eq 0 ] || printf '  -        %-18s %s\n' root "not root: tests that make network namespaces are skipped"
    return "$ok"
}

doctor_afpacket() {
    if [ ! -e /proc/net/packet ]; then
        printf '  -        %-18s %s\n' 'driver afpacket' "this kernel has no packet sockets; it needs CONFIG_PACKET"
    elif [ $((0x$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status) >> 13 & 1)) -eq 1 ]; then
        printf '  ok       %-18s %s\n' 'driver afpacket' "packet sockets, CAP_NET_RAW"
    else
        printf '  -        %-18s %s\n' 'driver afpacket' "needs root, or CAP_NET_RAW (and CAP_NET_ADMIN and CAP_BPF on an address shared with the kernel)"
    fi
}

joyride_test() {
    local log status=0 options=()
    needs_source test
    case "${1:-}" in
        '') ;;
        --long) options+=(-Djoyride.long=true) ;;
        *) usage_error "test knows no '$1'; usage: joyride test [--long]" ;;
    esac
    use_jdk
    need_packages '*' || say "tests that need them are skipped"
    if has_package shellcheck; then
        shellcheck -x "$JOYRIDE_COMMAND" "$JOYRIDE_SOURCE/.ci/run" "$JOYRIDE_SH"/*.sh || status=1
    fi
    log=$JOYRIDE_SOURCE/target/test.log
    mkdir -p "$JOYRIDE_SOURCE/target"
    find "$JOYRIDE_SOURCE"/joyride.*/target -maxdepth 2 -path '*-reports/TEST-*.xml' -delete 2>/dev/null || true
    say "building and testing; the whole log: $log"
    stamp_begin
    mvn_here --fail-at-end "${options[@]}" verify 2>&1 | tee "$log" \
        | grep --line-buffered -E '^\[(ERROR|WARNING)\]|Building Joyride|Tests run:.*(in |--)|^FAIL|^FLAKE|BUILD' \
        | grep --line-buffered -v -E 'JAR (is|will be) empty|Unused Export-Package|Overwriting |dependency state' || status=$?
    [ "$status" -ne 0 ] || stamp_end
    print_totals
    return "$status"
}

# The totals of all modules, in Surefire's own words; before them the tests that passed only when they ran again.
print_totals() {
    find "$JOYRIDE_SOURCE"/joyride.*/target -maxdepth 2 -path '*-reports/TEST-*.xml' -exec awk '
            /<testcase / { match($0, / name="[^"]*"/); name = substr($0, RSTART + 7, RLENGTH - 8); match($0, / classname="[^"]*"/); class = substr($0, RSTART + 12, RLENGTH - 13) }
            /<flaky(Failure|Error)/ { print "FLAKE " class "." name }' {} + | sort -u
    find "$JOYRIDE_SOURCE"/joyride.*/target -maxdepth 2 -path '*-reports/TEST-*.xml' -exec grep -h -m1 -A20 '<testsuite ' {} + \
        | tr '\n' ' ' | sed 's/<testsuite /\n&/g' | awk '
            function value(name) { return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0 }
            /^<testsuite / { t += value("tests"); f += value("failures"); e += value("errors"); s += value("skipped") }
            END { printf "Tests run: %d, Failures: %d, Errors: %d, Skipped: %d\n", t, f, e, s }'
}

# Runs main class $2 with module $1 and its dependencies on the class path, with JVM flag $3 (may be empty), for command $4.
run_module() {
    local module=$1 class=$2 flag=$3
    needs_source "$4"
    shift 4
    use_jdk
    need_packages '*' || die "$module needs them"
    build
    local target=$JOYRIDE_SOURCE/$module/target
    exec "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED ${flag:+"$flag"} \
        --sun-misc-unsafe-memory-access=allow "-Djoyride.command=$(find_home)/bin/joyride" \
        -cp "$target/classes:$target/lib/*" "$class" "$@" 2> >(without_known_warning)
}

joyride_demo() {
    [ $# -eq 0 ] || usage_error "demo knows no '$1'; usage: joyride demo"
    run_module joyride.e2e joyride.e2e.Demo "" demo
}

joyride_packetdrill() { run_module joyride.bench joyride.testkit.packetdrill.Packetdrill --add-modules=jdk.incubator.vector packetdrill "$@"; }
joyride_bench() { run_module joyride.bench joyride.bench.Main --add-modules=jdk.incubator.vector bench "$@"; }
