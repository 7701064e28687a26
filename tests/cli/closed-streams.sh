#!/bin/sh
# Using a closed standard stream fails; no other descriptor ever takes its place.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server

for tool in chunk-send chunk-recv chunk-dump; do
  run "$tool" <&-
  expect_status 6
  expect_no_out
  expect_err "$tool: standard input: bad file descriptor"

  status=0
  ran="$tool >&-"
  "$tool" <"$data/req.chunk" >&- 2>err || status=$?
  expect_status 6
  expect_err "$tool: standard output: bad file descriptor"

  status=0
  ran="$tool 2>&-"
  "$tool" <"$data/trunc.chunk" >out 2>&- || status=$?
  expect_status 5
  "$tool" --no-such-option >out 2>&- || status=$?
  expect_status 2
done

run chunk-send -c unix:server ECHO:a <&-
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 61'
status=0
chunk-send -c unix:server ECHO:a >&- 2>err || status=$?
expect_status 6
expect_err 'chunk-send: standard output: bad file descriptor'

# A log that nobody reads does not end in a connection.
mkfifo ready
chunk-serve -v --ready-fd 3 unix:mute 3>ready <&- >&- 2>&- &
mute=$!
own "$mute"
read -r address <ready
run chunk-send -c "$address" ECHO:a ECHO:b
expect_status 0
expect_hex out '4543484f01000000 61 4543484f01000000 62'
kill "$mute"
finish "$mute"
expect_status 0

if [ -c /dev/full ]; then
  status=0
  chunk-recv <"$data/trunc.chunk" >out 2>/dev/full || status=$?
  expect_status 5
fi
