#!/bin/sh
# A tap serves connections concurrently, and each record has the number of its connection.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# expect_record LINE: the next one is this, as soon as it is there.
expect_record() {
  read -r record <&6
  [ "$record" = "$1" ] || fail "'$record', not '$1'"
}

start server chunk-serve unix:server
mkfifo tap.out first second
exec 6<>tap.out
start tap chunk-dump --text -v --tap unix:in unix:server
tap=$pid
chunk-send -c unix:in <first >first.out &
own $!
one=$!
exec 7>first
chunk-send ECHO:a >&7
expect_record '1 > ECHO:a'
expect_record '1 < ECHO:a'
chunk-send -c unix:in <second >second.out 7>&- &
own $!
two=$!
exec 8>second
chunk-send ECHO:b >&8
expect_record '2 > ECHO:b'
expect_record '2 < ECHO:b'
chunk-send ECHO:c >&7
expect_record '1 > ECHO:c'
expect_record '1 < ECHO:c'
exec 7>&-
finish "$one"
expect_status 0
exec 8>&-
finish "$two"
expect_status 0
kill "$tap"
finish "$tap"
sed -E 's/\(pid .*\)/(P)/' tap.err | grep -v closed >events
expect_file events 'chunk-dump: listening on unix:in' 'chunk-dump: connection 1 from unix:in (P)' \
  'chunk-dump: connection 2 from unix:in (P)'
