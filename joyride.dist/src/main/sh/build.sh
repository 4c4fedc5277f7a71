# shellcheck shell=bash
# Builds the source tree, when it is newer than what was built.

mvn_here() {
    # The flag silences a warning of Maven's own libraries on this JDK; style.color leaves resets behind, on both outputs, which are cut.
    MAVEN_OPTS="${MAVEN_OPTS:-} --sun-misc-unsafe-memory-access=allow" mvn -B -ntp -Dstyle.color=never -f "$JOYRIDE_SOURCE/pom.xml" "$@" </dev/null \
        2> >(without_resets >&2) | without_resets
}

without_resets() { sed -u $'s/\e\\[0m//g'; }

# What was built is as new as the moment its build began.
stamp_dir() { printf '%s\n' "$JOYRIDE_SOURCE/joyride.dist/target"; }

stamp_begin() {
    mkdir -p "$(stamp_dir)"
    touch "$(stamp_dir)/building"
}

stamp_end() { mv "$(stamp_dir)/building" "$(stamp_dir)/built"; }

is_stale() {
    local stamp
    stamp=$(stamp_dir)/built
    [ -e "$stamp" ] || return 0
    [ -n "$(find "$JOYRIDE_SOURCE" \( -name target -o -name .git -o -name test -o -name docs \) -prune \
        -o -type f ! -name '*.md' -newer "$stamp" -print -quit)" ]
}

# The distribution, demo and bench without tests; a no-op in an unpacked distribution.
build() {
    [ -n "$JOYRIDE_SOURCE" ] || return 0
    is_stale || return 0
    need_packages '*builds*' || die "cannot build without them"
    say "building (the first time takes a few minutes)"
    stamp_begin
    mvn_here -q -DskipTests package || die "the build failed; the lines above say where"
    stamp_end
}
