#!/bin/sh
# On a terminal chunk-send and chunk-recv print text instead of raw chunks.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_terminal

# shows LINE... : what the last command has shown
shows() {
  tr -d '\r' <typescript >shown
  expect_file shown "$@"
}
ran=chunk-send
script -qec 'chunk-send ECHO:a%07 CMPU:OPER=+ raw-send:EC' /dev/null >typescript </dev/null
shows ECHO:a%07 CMPU:OPER=+ raw-send:%45%43

ran=chunk-recv
script -qec "chunk-recv <'$data/evil.chunk'" /dev/null >typescript </dev/null
shows '%1b[2J:%1b]0;pwned%07%c2%9b31m' 'ECHO:na%c3%afve %e2%80%ae gnp.exe' 'a%0ab%00:x'

start server chunk-serve unix:server
ran='chunk-send -c'
script -qec 'chunk-send -c unix:server ECHO:%1b[2J NOOP' /dev/null >typescript </dev/null
shows 'ECHO:%1b[2J' NOOP
