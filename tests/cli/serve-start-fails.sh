#!/bin/sh
# A server whose start fails ends in order, with the workers that it has started by then.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Nobody reads the address any more.
mkfifo ready
exec 9<>ready
exec 8>ready
exec 9<&-
count=0
while [ "$count" -lt 12 ]; do
  count=$((count + 1))
  # shellcheck disable=SC2016 # for the worker
  run timeout 20 chunk-serve -q --workers 3 --worker 'echo $$ >>pids; printf abc >&2; exec cat' \
    --ready-fd 8 unix:server
  expect_status 6
  grep -qx 'chunk-serve: --ready-fd 8: broken pipe' err || fail "$(cat err)"
  [ ! -e server ] || fail 'the socket file is still there'
done
while read -r each; do
  ! kill -0 "$each" 2>/dev/null || fail "worker $each is still there"
done <pids
