#!/bin/sh
# The file of a Unix socket has mode 0600, or that of --mode, and is removed when it is not needed any more.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

umask 0
for mode in '' 0660 0777 600; do
  for command in 'chunk-recv --listen' 'chunk-dump --listen' 'chunk-send NOOP --listen' chunk-serve; do
    # shellcheck disable=SC2086 # a command with its arguments
    start listener $command unix:socket ${mode:+--mode "$mode"}
    found=$(stat -c %a socket)
    wanted=${mode:-600}
    [ "$found" = "${wanted#0}" ] || fail "$command --mode '$mode': $found"
    kill "$pid"
    finish "$pid"
    # The server drains; the others end as any program does.
    case $command in chunk-serve) expect_status 0 ;; *) expect_status 143 ;; esac
    [ ! -e socket ] || fail "$command: the socket file is still there"
    case $command in chunk-serve) ;; *) expect_file listener.err ;; esac
  done
done

# A narrow umask does not make the mode narrower.
umask 077
start listener chunk-recv --listen unix:socket --mode 0666
[ "$(stat -c %a socket)" = 666 ] || fail 'the umask counts'
chunk-send --connect unix:socket
finish "$pid"
expect_status 0
[ ! -e socket ] || fail 'the socket file is still there'

# What a shell starts in the background ignores SIGINT, unless it is told otherwise.
for signal in INT HUP TERM; do
  start listener env --default-signal=INT chunk-recv --listen unix:socket
  kill -s "$signal" "$pid"
  finish "$pid"
  case $signal in HUP) expect_status 129 ;; INT) expect_status 130 ;; TERM) expect_status 143 ;; esac
  [ ! -e socket ] || fail 'the socket file is still there'
done

# refuses MODE
for mode in 8 01777 rw; do
  run chunk-recv --listen unix:socket --mode "$mode"
  expect_status 2
  expect_err "chunk-recv: --mode: '$mode' is not an octal mode such as 0660"
done
