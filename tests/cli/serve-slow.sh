#!/bin/sh
# A request, and the handshake before the first, has one deadline, which single bytes do not extend.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# cut_in_time REASON: each of the connections was cut for it, between 0.9 and 2.5 seconds
cut_in_time() {
  log_of server.err >log # without the time it lasted
  [ "$(grep -c "reason=$1" log)" -gt 0 ] || fail "$(cat server.err)"
  sed -n "s/.*reason=$1 .* ms=\([0-9]*\).*/\1/p" server.err >lasted
  while read -r ms; do
    { [ "$ms" -ge 900 ] && [ "$ms" -le 2500 ]; } || fail "cut after $ms ms"
  done <lasted
}

# The others are answered meanwhile.
others_are_served() {
  run chunk-send -c "$1" -w 1 request:NOOP
  expect_status 0
}

start server chunk-serve -v --request-timeout 1 --idle-timeout 0.2 --max-per-peer 100 unix:server
clients=
number=0
while [ "$number" -lt 20 ]; do
  number=$((number + 1))
  chunk-send -c unix:server slice:1,0.1 "ECHO:some long text that takes its time $number" \
    >"got$number" 2>"err$number" &
  own $!
  clients="$clients $!"
done
others_are_served unix:server
for each in $clients; do
  finish "$each"
  [ "$status" -ne 0 ] || fail 'a slow request was answered'
done
# A rate that is kept gives more time than that.
chunk-send -c unix:server slice:1000,0.2 ECHO,fill=8000:x >got 2>err || fail "$(cat err)"
[ "$(wc -c <got)" -eq 8008 ] || fail 'a request that keeps up the rate was cut'
stop "$pid"
cut_in_time request-slow

start server chunk-serve -v --handshake-timeout 1 --proxy-from 127.0.0.0/8 tcp:127.0.0.1:0 unix:server
run chunk-send -c "$address" slice:1,0.2 'raw-send:%0d%0a%0d%0a%00%0d%0aQUIT%0a%21%11%00'
others_are_served unix:server
run chunk-send -c "$address" expect-close
expect_status 0
stop "$pid"
cut_in_time handshake-slow

# The rate counts parts of a second as well, for requests that are answered and those passed on.
start upstream chunk-serve unix:upstream
upstream=$pid
for handler in '' '--forward unix:upstream'; do
  # shellcheck disable=SC2086 # an option with its value
  start server chunk-serve -v --request-timeout 0.3 --min-rate 1000 $handler unix:server
  run chunk-send -c unix:server slice:100,0.04 ECHO,fill=1800:x
  expect_status 0
  [ "$(wc -c <out)" -eq 1808 ] || fail "cut, although it keeps up the rate: $(cat server.err)"
  stop "$pid"
done
stop "$upstream"
