#!/bin/sh
# On a signal chunk-recv -k writes the chunks that are whole, removes the socket file, and ends.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for signal in TERM HUP; do
  start merger chunk-recv -k -l unix:socket -F text
  chunk-send -c unix:socket ECHO:a ECHO,len=9:b delay:100 2>sender.err &
  sender=$!
  own "$sender"
  await merger.err grep -q ECHO:a merger.out
  # What has been sent, but not taken, comes out as well.
  kill -STOP "$pid"
  rm -f sent
  chunk-send -c unix:socket ECHO:c 'run:touch sent' 2>late.err &
  late=$!
  own "$late"
  await late.err test -e sent
  kill -"$signal" "$pid"
  kill -CONT "$pid"
  finish "$pid"
  case $signal in TERM) expect_status 143 ;; HUP) expect_status 129 ;; esac
  [ ! -e socket ] || fail 'the socket file is still there'
  expect_file merger.out ECHO:a ECHO:c
  expect_file merger.err 'chunk-recv: connection 1: unix:socket: truncated at byte 0x9: ECHO declares 9 bytes, 1 are there'
  stop "$sender"
  finish "$late"
done
