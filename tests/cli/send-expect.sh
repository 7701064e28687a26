#!/bin/sh
# chunk-send expect takes the next reply in silence if it is the one that is named; status 1 if not.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:server tcp:127.0.0.1:0; do
  start server chunk-serve "$kind"

  # Any contents, exact ones, none, a container's, those of a file, and repeated ones.
  printf 'from a file' >contents
  run chunk-send -c "$address" ECHO:hi%25 expect:ECHO ECHO:hi%25 expect:ECHO:hi%25 NOOP expect:NOOP: \
    CMPU:OPER=+:OPND=3:OPND=4 expect:ANSR:STS%20=1:VALU=7.0 ECHO:@contents expect:ECHO:@contents \
    ECHO,fill=65535:ab expect:ECHO,fill=65535:ab
  expect_status 0
  expect_no_out
  expect_no_err

  # What no action takes is copied; request and expect take turns.
  run chunk-send -c "$address" ECHO:1 ECHO:2 expect:ECHO:1 request:ECHO:3 ECHO:4
  expect_status 0
  expect_no_err
  expect_hex out "$(printf 'ECHO:2\n' | xxd -p)" '4543484f01000000 33 4543484f01000000 34'

  printf 'ECHO:a\nexpect:ECHO:a\nNOOP\nexpect:ECHO\nECHO:never sent\n' >script
  run chunk-send -c "$address" -f script
  expect_status 1
  expect_no_out
  expect_err "chunk-send: $address: expect:ECHO: got NOOP"
  kill "$pid"
  finish "$pid"
done

# differs MESSAGE REQUEST EXPECTED
differs() {
  run chunk-send -c "$address" "$2" "expect:$3"
  expect_status 1
  expect_no_out
  expect_err "chunk-send: $address: expect:$1"
}

start server chunk-serve unix:server
differs 'ECHO:hi: got ECHO:ho' ECHO:ho ECHO:hi
differs 'ECHO:hi: got ECHO:hi!' ECHO:hi! ECHO:hi
differs 'ECHO:hi!: got ECHO:hi' ECHO:hi ECHO:hi!
differs 'ECHO:: got ECHO:x' ECHO:x ECHO:
differs 'ECHO:x: got ECHO' ECHO ECHO:x
differs 'NOOP:: got ECHO' ECHO NOOP:
differs 'NOOP: got ECHO:%1b[2J' ECHO:%1b[2J NOOP

# Of long contents, what is there of either is shown in part.
digits=0123456789
digits=$digits$digits$digits$digits$digits$digits$digits
differs "ECHO:$(echo "$digits" | cut -c 1-52)...: got ECHO:$(echo "$digits" | cut -c 1-59)... (71 bytes)" \
  "ECHO:${digits}x" "ECHO:${digits}y"
differs "ECHO,fill=65535:ab: got ECHO:$(printf '%.0sab' $(seq 30) | cut -c 1-59)... (65534 bytes)" \
  ECHO,fill=65534:ab ECHO,fill=65535:ab

run chunk-send -c "$address" -w 0.2 expect:ECHO:late
expect_status 4
expect_no_out
expect_err 'chunk-send: unix:server: expect:ECHO:late: no reply within 200 ms'

run chunk-send -c "$address" ECHO:a expect:ECHO:a WHAT expect:WHAT
expect_status 3
expect_no_out
expect_err 'chunk-send: unix:server: expect:WHAT: closed before the reply'

# Replies that were expected count.
run chunk-send -c "$address" -n 2 ECHO:a expect:ECHO:a ECHO:b ECHO:c
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 62'
