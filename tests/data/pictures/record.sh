#!/bin/sh
# Records what tests/pictures.py draws, a command and what it printed with its colours: dump.ansi, the
# stream of dump.script; and tap.ansi, psql asking a PostgreSQL server through a tap. Writes tap.script,
# too, the conversation as chunk-send says it again.
#
# usage: CHUNK_TOOLS=DIRECTORY CHUNK_TESTS_DATA=tests/data record.sh
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
# shellcheck source=../../cli/lib.sh
. "$here/../../cli/lib.sh"
# shellcheck source=../../cli/postgres.sh
. "$here/../../cli/postgres.sh"

chunk-send -f "$here/dump.script" >some.chunk
set -- chunk-dump -p example some.chunk
{ echo "\$ $*" && "$@" --color always --utf8 always; } >"$here/dump.ansi"

start_postgres
query server 'create table people (name text, born int)'
query server "insert into people values ('Alan', 1912), ('Grace', 1906)"
mkdir front
set -- chunk-dump -p postgres --skip S --tap front/.s.PGSQL.5432 server/.s.PGSQL.5432
start tap "$@" --color always --record tap.script
for statement in 'select name, born from people' 'selec 1'; do echo "$statement;"; done >statements
query front -f statements >rows 2>errors || :
await tap.err grep -q closed tap.out
stop "$pid"
{ echo "\$ $*" && cat tap.out; } >"$here/tap.ansi"
cp tap.script "$here"
