#!/bin/sh
# Nothing is left behind when a tool fails for lack of descriptors: no socket file, no directory.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir temporary
TMPDIR=$directory/temporary
export TMPDIR
chunk-send ECHO:a NOOP >stream

# limited COUNT COMMAND...: the process may have so many descriptors
limited() {
  count=$1
  shift
  ran="$* with $count descriptors"
  status=0
  # shellcheck disable=SC3045 # there is no other way
  ( ulimit -n "$count"; exec timeout -s TERM 5 "$@" ) >out 2>err 9<&- || status=$?
}

# Wherever it fails, and it tells of what in one line.
for count in 5 6 7 8 9 10 11 12 13 14 15 16; do
  limited "$count" chunk-send run:true
  case $status in
    0) ;;
    6) [ "$(grep -c '^chunk-send: [^:]*: too many open files$' err)" -eq 1 ] || fail "$ran: $(cat err)" ;;
    127) ;; # not enough to load the program
    *) fail "$ran: status $status, $(cat err)" ;;
  esac
  [ -z "$(ls temporary)" ] || fail "$ran: leaves $(ls temporary)"
  limited "$count" chunk-dump stream
  case $status in
    0 | 127) ;;
    6) [ "$(grep -c '^chunk-dump: [^:]*: too many open files$' err)" -eq 1 ] || fail "$ran: $(cat err)" ;;
    *) fail "$ran: status $status, $(cat err)" ;;
  esac
done

# A tool that listens, and cannot tell its address
for count in 5 6 7 8 9 10 11 12; do
  for tool in 'chunk-serve -q unix:socket' 'chunk-dump --tap unix:socket unix:other' \
    'chunk-recv -k -l unix:socket' 'chunk-send -k -l unix:socket' 'chunk-recv -l unix:socket'; do
    # shellcheck disable=SC2086 # a command with its arguments
    limited "$count" $tool --ready-fd 3 3>/dev/full
    [ "$status" -ne 0 ] || fail "$ran: status 0"
    [ ! -e socket ] || fail "$ran: leaves its socket file; $(cat err)"
  done
done

# All descriptors are in use when it ends.
# shellcheck disable=SC3045
( ulimit -n 12; exec chunk-serve -q --ready-fd 3 unix:socket 3>ready 2>err ) &
pid=$!
own "$pid"
await err [ -s ready ]
clients=
for each in 1 2 3 4 5 6 7 8; do
  chunk-send -c unix:socket DLAY:NTVL=50 2>/dev/null &
  own $!
  clients="$clients $!"
done
# Those that it has no descriptors for are turned away, one way or the other.
await err grep -Eq 'accept-failed|over-capacity' err
kill "$pid"
is_away() {
  [ ! -e socket ]
}
await err is_away
kill -KILL "$pid"
finish "$pid"
for each in $clients; do finish "$each"; done

# Under a long TMPDIR a server of a script has a shorter address.
long=$directory/$(printf '%090d' 0)
mkdir "$long"
run env TMPDIR="$long" timeout 20 chunk-send 'start:exec chunk-serve -q %{address}' request:NOOP 'run:echo %{address} >address'
expect_status 0
grep -qx 'unix:/tmp/chunk-....../[0-9]*' address || fail "$(cat address)"
[ ! -e "$(sed 's/^unix://; s|/[^/]*$||' address)" ] || fail "$(cat address) is left behind"
[ -z "$(ls "$long")" ] || fail "$(ls "$long")"
