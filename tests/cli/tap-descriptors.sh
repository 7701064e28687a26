#!/bin/sh
# A tap that runs out of descriptors reports it, pauses, and continues when there are some again.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
mkfifo tap.err hold
exec 6<>tap.err
start tap sh -c 'ulimit -n 24 && exec "$@"' - chunk-dump --text --tap unix:in unix:server
tap=$pid
exec 7<>hold
clients=
for each in 1 2 3 4 5 6 7 8 9 10 11 12; do
  chunk-recv -c unix:in <&7 >"$each.out" 2>"$each.err" &
  own $!
  clients="$clients $!"
done
read -r complaint <&6
case $complaint in *': too many open files') ;; *) fail "it says: $complaint" ;; esac
for each in $clients; do
  kill "$each" 2>/dev/null || :
  finish "$each"
done
# It sees them go one after the other.
tries=0
until timeout 20 chunk-send -c unix:in ECHO:again >out 2>err && [ -s out ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 1000 ] || fail 'it does not go on'
done
expect_hex out '4543484f 05000000 616761696e'
kill "$tap"
finish "$tap"
grep -q '< ECHO:again$' tap.out || fail "no record of it: $(cat tap.out)"
echo end >&6
pauses=0
while read -r complaint <&6 && [ "$complaint" != end ]; do
  case $complaint in 'chunk-dump: unix:in:'*) pauses=$((pauses + 1)) ;; esac
done
[ "$pauses" -lt 10 ] || fail "$pauses complaints while it rests"
