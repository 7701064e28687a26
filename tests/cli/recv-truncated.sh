#!/bin/sh
# chunk-recv writes the whole chunks of every truncated stream and reports the place; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# complains ABOUT: of the stream that is cut
complains() {
  expect_status 5
  expect_err "chunk-recv: standard input: truncated at byte $1"
}

stream=$data/req.chunk
size=$(wc -c <"$stream")
whole=0 offset=0x0 id=NOOP declared=0
cut=0
while [ "$cut" -le "$size" ]; do
  case $cut in
    8) whole=8 offset=0x8 id=ECHO declared=9 ;;
    25) whole=25 offset=0x19 id=CMPU declared=27 ;;
    60) whole=60 offset=0x3c id=SHUT declared=0 ;;
    68) whole=68 ;;
  esac
  head -c "$cut" "$stream" >cut_stream
  head -c "$whole" "$stream" >whole_stream
  there=$((cut - whole))
  run chunk-recv <cut_stream
  expect_same out whole_stream
  if [ "$there" -eq 0 ]; then
    expect_status 0
    expect_no_err
  elif [ "$there" -lt 8 ]; then
    complains "$offset: $(printf %.${there}s $id): a header has 8 bytes, $there are there"
  else
    complains "$offset: $id declares $declared bytes, $((there - 8)) are there"
  fi
  cut=$((cut + 1))
done

printf ECH >stream
run chunk-recv <stream
complains '0x0: ECH: a header has 8 bytes, 3 are there'
expect_no_out

run chunk-recv <"$data/corrupt.chunk"
complains '0x8: ECHO declares 65545 bytes, 52 are there'
# Chunks that are too long to be held come out while they come in.
expect_same out "$data/corrupt.chunk"
