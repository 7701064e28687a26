#!/bin/sh
# The pictures of the README are what the script makes of its records, and the records are what the tools
# print now, but for the times.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip 'no Python'
mkdir drawn
python3 "$tests/../pictures.py" drawn
diff -r "$tests/../../man/pictures" drawn >&2 || fail 'not the pictures that tests/pictures.py draws'

# The server of the record is one that says again what it has said, and psql a script.
sed -e '/^#/d' -e '/^shutdown$/d' -e 's/^expect://;t' -e 's/^/expect:/' "$data/pictures/tap.script" >said.script
mkdir front server
start server chunk-serve -p postgres --script said.script ./server/.s.PGSQL.5432
command=$(sed -n '1s/^\$ //p' "$data/pictures/tap.ansi")
# shellcheck disable=SC2086 # words of a command
start tap $command --color always
tap=$pid
run chunk-send -q -p postgres -c ./front/.s.PGSQL.5432 -f "$data/pictures/tap.script"
expect_status 0
await tap.err grep -q '1mX' tap.out
stop "$tap"
untimed() { sed -E 's/[0-9.]+ (s|ms|us|ns)\b/TIME/' "$1"; }
sed 1d "$data/pictures/tap.ansi" >recorded
untimed recorded >wanted
untimed tap.out >shown
diff -u wanted shown >&2 || fail 'not what tests/data/pictures/record.sh has recorded; run it again'
