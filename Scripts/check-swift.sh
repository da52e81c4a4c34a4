#!/usr/bin/env bash
# Says in one line what to do when Swift is missing or too old.
set -euo pipefail
needed=6.3
command -v swift >/dev/null || {
    echo "error: swift is missing; install Swift $needed or newer from https://www.swift.org/install" >&2
    exit 1
}
found=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
[ "$(printf '%s\n%s\n' "$needed" "$found" | sort -V | head -n 1)" = "$needed" ] || {
    echo "error: Swift $found is too old; $needed or newer is needed: https://www.swift.org/install" >&2
    exit 1
}
