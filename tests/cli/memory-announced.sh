#!/bin/sh
# A declared payload of 4 GiB that does not come takes less than 1 MiB of memory.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Opened for both directions, so that no end ever waits for the other to be opened
mkfifo stream shown
exec 7<>stream 8<>shown

# grown PID: its memory since $idle was taken
expect_small() {
  now=$(peak "$1")
  [ $((now - idle)) -lt 1024 ] || fail "$ran: $idle KiB when idle, $now KiB then"
}

# shows COUNT COMMAND: it takes the chunk, and tells so by putting out COUNT bytes.
shows() {
  ran=$2
  # shellcheck disable=SC2086 # a command with its arguments
  start tool sh -c 'exec "$@" >shown' sh $2 --listen unix:socket
  idle=$(peak "$pid")
  chunk-send --connect unix:socket <stream &
  sender=$!
  own "$sender"
  chunk-send ECHO,len=4294967295:abc >&7
  head -c "$1" <&8 >beginning
  expect_small "$pid"
  kill "$sender" "$pid"
  finish "$sender"
  finish "$pid"
}

shows 11 chunk-recv
shows 3 'chunk-recv -F payload'
shows 23 'chunk-recv -F text'
shows 27 'chunk-dump --list'
shows 27 chunk-dump
shows 23 'chunk-dump --text'

# The server closes at once, or with the greatest limit waits, holding what came.
for limit in 65535 4294967295; do
  start server chunk-serve --max-chunk "$limit" unix:socket
  ran="chunk-serve --max-chunk $limit"
  idle=$(peak "$pid")
  run chunk-send -c unix:socket NOOP ECHO,len=4294967295:abc
  expect_status 0
  expect_hex out 4e4f4f5000000000
  expect_small "$pid"
  kill "$pid"
  finish "$pid"
  expect_status 0
done
