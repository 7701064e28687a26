#!/bin/sh
# chunk-serve refuses invalid limits and addresses before it listens.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-serve ./socket --idle-timeout 0
expect_status 2
expect_err 'chunk-serve: --idle-timeout: the number 0 is not above 0'

run chunk-serve ./socket --max-connections 0
expect_status 2
expect_err 'chunk-serve: --max-connections: the number 0 is not above 0' \
  "Try 'chunk-serve --help'."

run chunk-serve ./socket --ready-fd=-3
expect_status 2

run chunk-serve ./socket - -
expect_status 2
expect_err "chunk-serve: '-': can be given only once"

printf 'NOOP\n' >script
run chunk-serve --script - - <script
expect_status 2
expect_err "chunk-serve: '-': standard input is read by something else"

run chunk-serve ./socket nonsense
expect_status 2
expect_err "chunk-serve: 'nonsense': not an address; try unix:PATH, tcp:HOST:PORT or a path with a /"

[ ! -e socket ] || fail 'it listened all the same'
