#!/bin/sh
# A client that does not read its replies takes little memory of the server, and is disconnected.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

resident() {
  sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$pid/status"
}

command -v bash >/dev/null || skip 'there is no bash'

# More than any buffers of the system take
chunk-send ECHO,fill=60000:x >one
number=0
while [ "$number" -lt 1000 ]; do
  number=$((number + 1))
  cat one
done >sent

start server chunk-serve --write-timeout 1 tcp:127.0.0.1:0
run chunk-send -c "$address" request:NOOP
expect_status 0
before=$(resident)
# What bash opens so is written to, and never read from.
# shellcheck disable=SC2016 # bash's
bash -c 'exec cat sent >"/dev/tcp/127.0.0.1/$1"' - "${address##*:}" 2>client.err &
client=$!
own "$client"
tries=0
until grep -q 'reason=write-stalled' server.err; do
  tries=$((tries + 1))
  [ "$tries" -le 1000 ] || fail "$(cat server.err)"
  grown=$(($(resident) - before))
  [ "$grown" -lt 3072 ] || fail "grown by $grown KiB"
  run chunk-send -c "$address" -w 5 request:NOOP
  expect_status 0
done
finish "$client"
[ "$status" -ne 0 ] || fail 'all of it was taken'
