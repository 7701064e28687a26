#!/bin/sh
# A client that does not read its replies costs the server little memory, and is cut.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

resident() {
  sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status"
}

number=0
while [ "$number" -lt 3000 ]; do
  number=$((number + 1))
  echo ECHO,fill=60000:x
done >script

start server chunk-serve --write-timeout 1 unix:server
run chunk-send -c unix:server request:NOOP
before=$(resident)
mkfifo never
# Its output is a pipe that nobody empties, and so it soon reads no more.
chunk-send -f script -c unix:server >never 2>client.err &
client=$!
own "$client"
exec 8<>never
tries=0
until grep -q 'reason=write-stalled' server.err; do
  tries=$((tries + 1))
  [ "$tries" -le 1000 ] || fail "$(cat server.err)"
  grown=$(($(resident) - before))
  [ "$grown" -lt 3072 ] || fail "grown by $grown KiB"
  sleep 0.02
done
run chunk-send -c unix:server request:NOOP
expect_status 0
kill "$client"
