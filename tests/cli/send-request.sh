#!/bin/sh
# chunk-send request prints each reply as text, requestd with its subchunks decoded.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:server tcp:127.0.0.1:0 "abstract:chunk-cli-$$"; do
  start server chunk-serve "$kind"
  run chunk-send -c "$address" request:ECHO:hi%25 requestd:CMPU:OPER=+:OPND=3:OPND=4 \
    request:CMPU:OPER=/:OPND=1:OPND=0 requestd:ECHO:plain requestd:NOOP request:ECHO,fill=5:ab
  expect_status 0
  expect_no_err
  expect_out ECHO:hi%25 ANSR:STS%20=1:VALU=7.0 'ANSR:STS %01%00%00%000' ECHO:plain NOOP ECHO:ababa

  # Replies to other chunks come in between as any next one.
  run chunk-send -c "$address" ECHO:1 request:ECHO:2 ECHO:3
  expect_status 0
  expect_no_err
  expect_hex out "$(printf 'ECHO:1\n' | xxd -p)" '4543484f01000000 32 4543484f01000000 33'
  kill "$pid"
  finish "$pid"
done
