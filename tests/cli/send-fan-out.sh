#!/bin/sh
# chunk-send -l -k sends a stream to every client; by --slow, a slow one blocks it, loses whole chunks
# or is disconnected, and the others get every byte.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# 40 MB, more than what the system and chunk-send hold for one reader
chunk-send repeat:800 'ECHO:%{random:50000}' end >stream

# connected N: so many readers are
connected() {
  [ "$(grep -c ' connected: ' sender.err)" -eq "$1" ]
}

# hand_out KIND OPTION...: starts to hand the stream out to a healthy reader and to one that is
# stopped, once both are connected.
hand_out() {
  kind=$1
  shift
  rm -f go in
  mkfifo in
  { await sender.err [ -e go ]; cat stream; } >in &
  own $!
  start sender chunk-send -v -l "$kind" -k "$@" <in
  sender=$pid
  chunk-recv -c "$address" >healthy 2>healthy.err &
  healthy=$!
  own "$healthy"
  await sender.err connected 1
  chunk-recv -c "$address" >slow 2>slow.err &
  slow=$!
  own "$slow"
  await sender.err connected 2
  kill -STOP "$slow"
  : >go
}

# ends NAME PID STATUS: this process, whose messages are in NAME.err, ends with this status.
ends() {
  finish "$2"
  ran=$1
  cp "$1.err" err
  expect_status "$3"
}

# Whole chunks are lost
for kind in unix:socket tcp:127.0.0.1:0; do
  hand_out "$kind" -w 20 --slow drop
  ends healthy "$healthy" 0
  expect_same stream healthy
  kill -CONT "$slow"
  ends slow "$slow" 0
  ends sender "$sender" 0
  got=$(chunk-dump --list slow | wc -l)
  [ "$got" -lt 800 ] || fail 'nothing was lost'
  grep -q " closed: .*: $got chunks, $((800 - got)) dropped\$" sender.err || fail "$got: $(cat sender.err)"
done

# The connection is lost
hand_out unix:socket -w 20 --slow cut
ends healthy "$healthy" 0
expect_same stream healthy
ends sender "$sender" 0
grep -q 'too slow, cut with [0-9]* bytes not taken$' sender.err || fail "$(cat sender.err)"
kill -CONT "$slow"
finish "$slow"
[ "$status" -eq 3 ] || [ "$status" -eq 5 ] || fail "status $status of a reader that was cut"
size=$(wc -c <slow)
[ "$size" -lt "$(wc -c <stream)" ] || fail 'it was not cut'
head -c "$size" stream | cmp - slow >&2 || fail 'not the beginning of the stream'

# Nothing is lost
hand_out tcp:127.0.0.1:0
await healthy [ -s healthy ]
kill -0 "$sender" || fail 'it did not wait for the slow reader'
kill -CONT "$slow"
ends healthy "$healthy" 0
ends slow "$slow" 0
ends sender "$sender" 0
expect_same stream healthy
expect_same stream slow

# Such a wait has its limit, if there is to be one.
hand_out unix:socket -w 8 --slow block
ends sender "$sender" 4
grep -qx 'chunk-send: unix:socket: nothing taken for 8 s' sender.err || fail "$(cat sender.err)"
