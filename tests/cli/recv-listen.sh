#!/bin/sh
# chunk-recv -l receives from one sender over every kind of socket, and -c from one that listens.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_localhost
kinds="unix:socket ./socket abstract:chunk-cli-$$ tcp:127.0.0.1:0 127.0.0.1:0 tcp:localhost:0"
if has_ipv6; then kinds="$kinds tcp:[::1]:0 tcp::0"; fi
for kind in $kinds; do
  start receiver chunk-recv --listen "$kind" -F text
  run chunk-send --connect "$address" CMPU:OPER=+ ECHO:%00
  expect_status 0
  expect_no_out
  expect_no_err
  finish "$pid"
  expect_status 0
  expect_file receiver.out CMPU:OPER=+ ECHO:%00
  expect_file receiver.err

  start sender chunk-send --listen "$kind" CMPU:OPER=+ ECHO:%00
  run chunk-recv --connect "$address" -F text
  expect_status 0
  expect_out CMPU:OPER=+ ECHO:%00
  expect_no_err
  finish "$pid"
  expect_status 0
  expect_file sender.out
  expect_file sender.err
  [ ! -e socket ] || fail 'the socket file is still there'
done

# A sender that is cut
for kind in unix:socket tcp:127.0.0.1:0; do
  start receiver chunk-recv --listen "$kind"
  chunk-send --connect "$address" ECHO:a ECHO,len=9:b
  finish "$pid"
  expect_status 5
  expect_hex receiver.out '4543484f01000000 61'
  sed -E 's/tcp:127\.0\.0\.1:[0-9]+/PEER/; s/unix:socket/PEER/' receiver.err >shape
  expect_file shape 'chunk-recv: PEER: truncated at byte 0x9: ECHO declares 9 bytes, 1 are there'
done
