#!/bin/sh
# Builds and runs all tests. The arguments, if any, are for setup.sh, which says what they can be.
set -eu

build=$("$(dirname -- "$0")/setup.sh" test "$@")
exec meson test -C "$build" --no-rebuild --print-errorlogs
