#!/bin/sh
# chunk-send reports file and line of a mistake in a script, and sends nothing.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses STATUS MESSAGE SCRIPT [ACTION MARKS]
refuses() {
  printf '%b' "$3" >script
  run chunk-send -f script
  expect_status "$1"
  expect_no_out
  expect_err "chunk-send: $2" ${4:+"  $4" "  $5"}
}

refuses 2 "script:2: 'bogus:1': neither an action nor an ID of four bytes" 'NOOP\nbogus:1\nNOOP\n'
refuses 2 "script:4: '%x': % needs two hexadecimal digits" '#\n\r\nNOOP\r\nECHO:%x\r\n' \
  ECHO:%x '     ^^'
refuses 2 "script:1: 'request': needs an argument after a colon" request
refuses 6 'script:1: missing: no such file or directory' 'ECHO:@missing\n'

printf 'NOOP\n\033[2\n' >script
run chunk-send -f - <script
expect_status 2
expect_no_out
expect_err "chunk-send: -:2: '%1b[2' is not an ID of four bytes"

run chunk-send NOOP -f missing
expect_status 6
expect_no_out
expect_err 'chunk-send: missing: no such file or directory'
