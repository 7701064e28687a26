#!/bin/sh
# chunk-serve serves several addresses at once and announces each, in order.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_localhost
start server chunk-serve unix:one ./two tcp:127.0.0.1:0 127.0.0.1:0 "abstract:chunk-cli-$$" tcp:localhost:0
set -- "$address"
for ordinal in 2 3 4 5 6; do
  next_address
  eval "set -- \"\$@\" \"\$address\"" "# $ordinal"
done
[ "$1 $2 $5" = "unix:one unix:./two abstract:chunk-cli-$$" ] || fail "$*"
for each; do
  run chunk-send -c "$each" request:ECHO:a
  expect_status 0
  expect_no_err
  expect_out ECHO:a
done
kill "$pid"
finish "$pid"
expect_status 0
if [ -e one ] || [ -e two ]; then fail 'a socket file is still there'; fi

# With one that cannot be opened none is served.
run chunk-serve unix:one unix:none/none
expect_status 3
expect_no_out
expect_err 'chunk-serve: unix:none/none: no such file or directory'
[ ! -e one ] || fail 'a socket file is still there'

# Both families on one port, in either order, and IPv6 alone for both
has_ipv6 || exit 0
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("0.0.0.0", 0)); print(s.getsockname()[1])'
}
port=$(free_port)
for pair in "tcp:0.0.0.0:$port tcp:[::]:$port" "tcp:[::]:$port tcp:0.0.0.0:$port"; do
  # shellcheck disable=SC2086 # two addresses
  start server chunk-serve $pair
  next_address
  for each in "tcp:127.0.0.1:$port" "tcp:[::1]:$port"; do
    run chunk-send -c "$each" request:NOOP
    expect_status 0
  done
  stop "$pid"
  expect_status 0
done
start server chunk-serve 'tcp:[::]:0'
run chunk-send -c "tcp:127.0.0.1:${address##*:}" request:NOOP
expect_status 0
stop "$pid"

# Idle connections are watched, unless they are not to be.
command -v ss >/dev/null || exit 0
watched() {
  ss -tnoH state established "( sport = :$1 )" | grep -c 'timer:(keepalive' || :
}
for how in on off; do
  start server chunk-serve --keepalive "$how" tcp:127.0.0.1:0
  mkfifo silent
  exec 8<>silent
  chunk-send -c "$address" <silent >/dev/null &
  client=$!
  own "$client"
  connected() { [ -n "$(ss -tnH state established "( sport = :${address##*:} )")" ]; }
  await server.err connected
  case $how in on) wanted=1 ;; off) wanted=0 ;; esac
  [ "$(watched "${address##*:}")" -eq "$wanted" ] || fail "--keepalive $how"
  kill "$client"
  stop "$pid"
  rm silent
done
