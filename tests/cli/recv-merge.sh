#!/bin/sh
# chunk-recv -k merges many slow senders chunk by chunk; a silent one does not delay the others.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

writers='1 2 3 4 5 6 7 8'
count=50
size=100000

# Every payload is its number, over and over.
for writer in $writers; do
  number=0
  while [ "$number" -lt "$count" ]; do
    printf 'WRT%d,fill=%d:%03d.\n' "$writer" "$size" "$number"
    number=$((number + 1))
  done >"$writer.chunks"
  chunk-send -f "$writer.chunks" >"$writer.wanted"
  # Not at once, and cut inside headers as well as payloads
  { echo "slice:$((6000 + 999 * writer)),0.0005" && cat "$writer.chunks"; } >"$writer.script"
done

start merger chunk-recv -k -l unix:socket -n "$((8 * count))"
merger=$pid
# Two of which nothing more comes, one within a header
chunk-send -c unix:socket delay:1000 2>idle.err &
own "$!"
chunk-send -c unix:socket raw-send:WRT9%ff 'run:touch sent' delay:1000 2>silent.err &
own "$!"
await silent.err test -e sent

senders=
for writer in $writers; do
  chunk-send -c unix:socket -f "$writer.script" 2>"$writer.err" &
  senders="$senders $!"
  own "$!"
done
for sender in $senders; do
  finish "$sender"
  expect_status 0
done
finish "$merger"
expect_status 0
expect_file merger.err

[ "$(chunk-dump --list merger.out | wc -l)" -eq $((8 * count)) ] || fail 'not all chunks'
for writer in $writers; do
  run chunk-recv --only "WRT$writer" <merger.out
  expect_status 0
  expect_same out "$writer.wanted"
done
[ ! -e socket ] || fail 'the socket file is still there'
