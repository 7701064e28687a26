#!/bin/sh
# The pictures of the README are what the script makes of its records, and the records are what the tools
# print now, but for the times.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v python3 >/dev/null || skip 'no Python'
mkdir drawn
python3 "$tests/../pictures.py" drawn
# Those of the speed are drawn from figures, which differ from run to run.
diff -r -x 'speed-*' "$tests/../../man/pictures" drawn >&2 || fail 'not the pictures that tests/pictures.py draws'

# recorded NAME: what the command of that picture has printed.
recorded() {
  sed 1d "$data/pictures/$1.ansi"
}

# command_of NAME: the command of that picture.
command_of() {
  sed -n '1s/^\$ //p' "$data/pictures/$1.ansi"
}

chunk-send -f "$data/pictures/dump.script" >some.chunk
# shellcheck disable=SC2046 # words of a command
$(command_of dump) --color always --utf8 always >shown
recorded dump >wanted
diff -u wanted shown >&2 || fail 'not what tests/data/pictures/record.sh has recorded; run it again'

# The server of the record is one that says again what it has said, and psql a script.
sed -e '/^#/d' -e '/^shutdown$/d' -e 's/^expect://;t' -e 's/^/expect:/' "$data/pictures/tap.script" >said.script
mkdir front server
start server chunk-serve -p postgres --script said.script ./server/.s.PGSQL.5432
# shellcheck disable=SC2046 # words of a command
start tap $(command_of tap) --color always
tap=$pid
run chunk-send -q -p postgres -c ./front/.s.PGSQL.5432 -f "$data/pictures/tap.script"
expect_status 0
await tap.err grep -q closed tap.out
stop "$tap"
untimed() { sed -E 's/ *.\[2m[0-9.]+ ms/ TIME/; s/[0-9.]+ s:/TIME:/; s/\(pid .*\)/(CLIENT)/' "$1"; }
recorded tap >said
untimed said >wanted
untimed tap.out >shown
diff -u wanted shown >&2 || fail 'not what tests/data/pictures/record.sh has recorded; run it again'
