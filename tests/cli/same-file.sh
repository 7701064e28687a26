#!/bin/sh
# An input that is also standard output is refused: it would grow for ever.
# shellcheck disable=SC2094 # that is what it is about
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO:a NOOP >stream
cp stream self
ulimit -f 1000

# refuses NAME COMMAND...
refuses() {
  name=$1
  shift
  ran=$*
  status=0
  timeout 20 "$@" <self >>self 2>err || status=$?
  expect_status 6
  expect_err "$1: $name: is also standard output"
  expect_same stream self
}

refuses 'standard input' chunk-recv
refuses 'standard input' chunk-recv -F text
refuses 'standard input' chunk-recv --exec cat
refuses 'standard input' chunk-send
refuses 'standard input' chunk-dump
refuses 'standard input' chunk-serve -q -
refuses self chunk-dump self
refuses self chunk-send @self
start server chunk-serve unix:server
refuses 'standard input' chunk-send -c unix:server

# What comes to its end is not refused.
: >empty
chunk-recv <empty >>empty || fail 'an empty file is refused'
chunk-recv --split 'part-{index}' <self >>self || fail 'not written to, and refused'
expect_same stream self
chunk-send ECHO:@self >>self || fail 'a payload is refused'
expect_hex self "$(xxd -p stream) 4543484f11000000 $(xxd -p stream)"
