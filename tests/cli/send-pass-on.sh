#!/bin/sh
# chunk-send without actions passes on the stream on standard input, to standard output or a peer.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO,fill=300000:abc NOOP ECHO,fill=5000000:x CMPU:OPER=+ >big
for stream in "$data/req.chunk" "$data/d1.chunk" "$data/evil.chunk" big /dev/null; do
  run chunk-send <"$stream"
  expect_status 0
  expect_no_err
  expect_same out "$stream"

  # shellcheck disable=SC2002 # a pipe, not a file
  cat "$stream" | chunk-send >out
  expect_same out "$stream"

  for kind in unix:socket tcp:127.0.0.1:0; do
    start receiver chunk-recv --listen "$kind"
    run chunk-send -c "$address" <"$stream"
    expect_status 0
    expect_no_err
    expect_no_out
    finish "$pid"
    expect_status 0
    expect_same receiver.out "$stream"
  done
done
