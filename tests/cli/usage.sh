#!/bin/sh
# chunk-recv, chunk-dump and chunk-serve refuse a wrong command line with status 2.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses MESSAGE TOOL ARGUMENT...
refuses() {
  message=$1
  shift
  run "$@"
  expect_status 2
  expect_no_out
  case $message in
    '-- '*) expect_err "$1: ${message#-- }" ;;
    *) expect_err "$1: $message" "Try '$1 --help'." ;;
  esac
}

refuses 'the following argument was not expected: x' chunk-recv x
refuses '--format: x not in {hex,list,text,json,summary,payload,raw,none}' chunk-recv -F x
refuses '--count: the number 0 is not above 0' chunk-recv -n 0
refuses "--count: the number 'x' is not a whole number" chunk-recv -n x
refuses "--count: the number '-1' is not a whole number" chunk-recv -n -1
refuses "--max-chunk: size '-1' is not a whole number" chunk-recv -m -1
refuses '--max-chunk: size 4294967296 is above 4294967295' chunk-recv -m 4294967296
refuses '--connect excludes --listen' chunk-recv -c unix:a -l unix:b
refuses "-- 'abc' is not an ID of four bytes" chunk-recv --only abc
refuses "-- '%1b%1b' is not an ID of four bytes" chunk-recv --skip "$(printf '\033\033')"
refuses "-- no protocol ''; there are example, none and guess" chunk-recv -p ''
refuses "-- no protocol ''; there are example, none and guess" chunk-send -p '' NOOP
refuses '--list excludes --text' chunk-dump --list --text
refuses 'FILE excludes --connect' chunk-dump -c unix:a file
refuses 'FILE excludes --listen' chunk-dump -l unix:a file
refuses 'ADDR is required' chunk-serve
refuses '--max-connections: the number 0 is not above 0' chunk-serve --max-connections 0 unix:a
refuses '-- --idle-timeout: -3 is not a number of seconds' chunk-serve --idle-timeout -3 unix:a
refuses '-- --drain-timeout: inf is not a number of seconds' chunk-serve --drain-timeout inf unix:a
refuses "-- no handlers for the protocol 'none'; there is example" chunk-serve -p none unix:a
refuses "-- --mode: '9' is not an octal mode such as 0660" chunk-serve --mode 9 unix:a
[ ! -e a ] || fail 'a server has listened'
