#!/bin/sh
# Without a free descriptor chunk-serve waits, logs it once, and continues when there is one.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v prlimit >/dev/null || skip 'there is no prlimit'

# ticks: the time that the server has computed for, in hundredths of a second
ticks() {
  sed 's/.*) //' "/proc/$pid/stat" | awk '{ print $12 + $13 }'
}

# idles: it has computed for less than a tenth of a second since `before`, in which a second passed
idles() {
  [ $(($(ticks) - before)) -lt 10 ] || fail "$(($(ticks) - before)) ticks"
}

start server prlimit --nofile=24 chunk-serve unix:server
# As many connections as there are descriptors left are served, and others are closed.
{
  number=0
  while [ "$number" -lt 40 ]; do
    number=$((number + 1))
    echo "c$number> connect:unix:server"
  done
  echo 'delay:0.5'
} >script
run chunk-send -f script
expect_status 0
grep -q over-capacity server.err || fail "$(cat server.err)"
[ "$(grep -c over-capacity server.err)" -le 3 ] || fail "$(cat server.err)"
run chunk-send -c unix:server request:NOOP
expect_status 0
stop "$pid"

# So it is with many listeners, and with those who hold the page of the metrics.
start crowded prlimit --nofile=40 chunk-serve --metrics unix:page unix:a unix:b unix:c unix:d unix:e \
  unix:f unix:g unix:h
{
  number=0
  while [ "$number" -lt 8 ]; do
    number=$((number + 1))
    echo "p$number> connect:unix:page"
  done
  number=0
  while [ "$number" -lt 30 ]; do
    number=$((number + 1))
    echo "c$number> connect:unix:a"
  done
  echo 'delay:0.5'
} >script
run chunk-send -f script
expect_status 0
grep -q over-capacity crowded.err || fail "$(cat crowded.err)"
if grep accept-failed crowded.err; then fail 'there was a descriptor too few'; fi
stop "$pid"

# Below what is open already, with nobody connected
start server prlimit --nofile=24 chunk-serve unix:server
prlimit --pid "$pid" --nofile=5:24
before=$(ticks)
chunk-send -c unix:server request:NOOP -w 10 >got 2>err &
client=$!
own "$client"
await server.err grep -q accept-failed server.err
run chunk-send delay:1
idles
prlimit --pid "$pid" --nofile=24:24
finish "$client"
expect_status 0
expect_file got NOOP
[ "$(grep -c accept-failed server.err)" -eq 1 ] || fail "$(cat server.err)"
stop "$pid"
expect_status 0

# What accept4() may also say
if ! strace -o /dev/null true 2>/dev/null; then exit 0; fi
for problem in EMFILE ENFILE ENOMEM ENOBUFS ECONNABORTED; do
  start server chunk-serve unix:server
  strace -qq -p "$pid" -e trace=accept4 -e inject=accept4:error="$problem" -o trace 2>strace.err &
  tracer=$!
  own "$tracer"
  before=$(ticks)
  # Until the tracer is there, a connection may come through.
  tries=0
  until grep -q "$problem" trace 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -le 100 ] || fail "$(cat strace.err)"
    chunk-send -c unix:server -w 0.2 request:NOOP >got 2>err || :
  done
  run chunk-send delay:1
  idles
  stop "$tracer"
  run chunk-send -c unix:server request:NOOP
  expect_status 0
  [ "$(grep -c accept-failed server.err)" -le 3 ] || fail "$(cat server.err)"
  stop "$pid"
  expect_status 0
done
