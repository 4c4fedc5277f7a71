# shellcheck shell=bash
# Finds a JDK of at least JDK_MIN.

JDK_MIN=25

# Prints the feature version of the JDK in directory $1 (its `release` file names it), or 0.
jdk_version() {
    local v=
    if [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; then
        v=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    fi
    printf '%s\n' "${v:-0}"
}

# Prints the home of a suitable JDK: JAVA_HOME, the javac on PATH, then where JDKs are installed.
find_jdk() {
    local dir on_path
    on_path=$(command -v javac || true)
    [ -z "$on_path" ] || on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")")
    for dir in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/*jdk* /opt/java/* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/*; do
        if [ -n "$dir" ] && [ "$(jdk_version "$dir")" -ge "$JDK_MIN" ]; then
            printf '%s\n' "$dir"
            return
        fi
    done
    return 1
}

use_jdk() {
    JAVA_HOME=$(find_jdk) || die "no JDK >= $JDK_MIN in JAVA_HOME (${JAVA_HOME:-not set}), on PATH or in /usr/lib/jvm; install one (Debian: openjdk-$JDK_MIN-jdk, or Temurin $JDK_MIN) or set JAVA_HOME"
    export JAVA_HOME
}
