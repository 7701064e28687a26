#!/bin/sh
# chunk-send passes on the whole chunks before the end of truncated input; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
for cut in 3 8 12 24 25 26 40 59; do
  head -c "$cut" "$data/rep.chunk" >stream
  if [ "$cut" -lt 8 ]; then
    whole=0 reason='0x0: NOO: a header has 8 bytes, 3 are there'
  elif [ "$cut" -eq 12 ]; then
    whole=8 reason='0x8: ECHO: a header has 8 bytes, 4 are there'
  elif [ "$cut" -eq 24 ]; then
    whole=8 reason='0x8: ECHO declares 9 bytes, 8 are there'
  elif [ "$cut" -eq 26 ]; then
    whole=25 reason='0x19: A: a header has 8 bytes, 1 are there'
  elif [ "$cut" -eq 40 ]; then
    whole=25 reason='0x19: ANSR declares 18 bytes, 7 are there'
  else
    whole=$cut reason=
  fi
  head -c "$whole" stream >expected_stream
  run chunk-send <stream
  if [ -z "$reason" ]; then
    expect_status 0
    expect_no_err
  else
    expect_status 5
    expect_err "chunk-send: standard input: truncated at byte $reason"
  fi
  expect_same out expected_stream

  # Over a socket the peer gets them, and its replies come.
  if [ "$whole" -gt 25 ]; then continue; fi
  run chunk-send --connect "$address" <stream
  if [ -n "$reason" ]; then
    expect_status 5
    expect_err "chunk-send: standard input: truncated at byte $reason"
  fi
  expect_same out expected_stream
done
