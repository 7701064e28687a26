#!/bin/sh
# chunk-serve closes the connection at a chunk above --max-chunk once its header has arrived.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# takes SIZE LENGTH: with that limit it answers an ECHO of that length, and none that is longer
takes() {
  start server chunk-serve ${1:+--max-chunk "$1"} unix:server
  printf a >contents
  chunk-send "ECHO,fill=$2:@contents" >stream
  run chunk-send -c unix:server "ECHO,fill=$2:@contents"
  expect_status 0
  expect_no_err
  expect_same out stream

  # The sender does not end its half, so that it is the header that decides.
  run chunk-send -c unix:server NOOP "ECHO,len=$(($2 + 1))" raw-receive:8 raw-receive:1
  expect_status 5
  expect_hex out 4e4f4f5000000000
  expect_err 'chunk-send: unix:server: raw-receive:1: the stream ended after 0 of 1 bytes'
  kill "$pid"
  finish "$pid"
  expect_status 0
  log_of server.err >log
  detail="too large at byte 0x8: ECHO declares $(($2 + 1)) bytes, $2 are allowed"
  expect_file log 'time=T level=info event=listening local=unix:server' \
    "time=T level=info event=close conn=2 reason=too-large detail=\"$detail\" local=unix:server peer=unix pid=P uid=U gid=G id=NOOP requests=1 in=16 out=8 ms=M" \
    'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'
}

takes '' 65535
takes 10 10
takes 0 0
takes 1M 1048576
