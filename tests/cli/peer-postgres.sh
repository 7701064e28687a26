#!/bin/sh
# psql and a PostgreSQL server with a tap between them, and the server tested by a script.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=postgres.sh
. "$tests/postgres.sh"
start_postgres

# A thousand queries give the same through the tap.
awk 'BEGIN { for (n = 1; n <= 1000; ++n) print "select " n ", repeat(chr(97 + " n % 26 "), " n % 50 ");" }' \
  >queries.sql
query server -f queries.sql >direct
mkdir front
start tap chunk-dump -q -p postgres --list --tap ./front/.s.PGSQL.5432 ./server/.s.PGSQL.5432
tap=$pid
query front -f queries.sql >tapped
expect_same direct tapped
# The last chunk is the client's farewell.
await tap.err grep -Eq '> [0-9a-f]+ +X ' tap.out

# Each message has its kind: what libpq traces and what the tap shows are the same kinds and lengths.
kinds() { awk -v side="$1" -v kind="$2" '$2 == side && $4 == kind' tap.out | wc -l; }
[ "$(kinds '>' Q)" -eq 1000 ] || fail "$(kinds '>' Q) queries"
for kind in T D C; do
  [ "$(kinds '<' "$kind")" -eq 1000 ] || fail "$(kinds '<' "$kind") $kind"
done
# One more says that the server is ready after the greeting.
[ "$(kinds '<' Z)" -eq 1001 ] || fail "$(kinds '<' Z) Z"

cat >trace.py <<'PYTHON'
import ctypes, ctypes.util, re, sys
libpq = ctypes.CDLL("libpq.so.5")
libc = ctypes.CDLL(None)
libc.fopen.restype = libpq.PQconnectdb.restype = libpq.PQexec.restype = ctypes.c_void_p
connection = ctypes.c_void_p(libpq.PQconnectdb(sys.argv[1].encode()))
assert libpq.PQstatus(connection) == 0
trace = ctypes.c_void_p(libc.fopen(b"trace", b"w"))
libpq.PQtrace(connection, trace)
for query in [b"select 1", b"select * from nothing", b"create temporary table t (a int)",
              b"insert into t values (1), (2)", b"select a from t"]:
    libpq.PQclear(ctypes.c_void_p(libpq.PQexec(connection, query)))
libpq.PQuntrace(connection)
libpq.PQfinish(connection)
libc.fclose(trace)
PYTHON
: >tap.out
python3 trace.py "host=$PWD/front user=tester dbname=postgres"
await tap.err grep -Eq '> [0-9a-f]+ +X ' tap.out
# libpq names the messages; their length counts itself.
sed -n 's/^[^\t]*\t\([FB]\)\t\([0-9]*\)\t\([A-Za-z]*\).*/\1 \2 \3/p' trace |
  sed -e 's/ Query$/ Q/' -e 's/ RowDescription$/ T/' -e 's/ DataRow$/ D/' -e 's/ CommandComplete$/ C/' \
    -e 's/ ReadyForQuery$/ Z/' -e 's/ ErrorResponse$/ E/' -e 's/^F/>/' -e 's/^B/</' >traced
# What came before the first query was not traced, nor the farewell.
awk '$4 == "Q" { on = 1 } on && $4 != "X" { print $2, $5 + 4, $4 }' tap.out >shown
[ -s traced ] || fail 'nothing was traced'
diff -u traced shown >&2 || fail 'the tap and libpq disagree'
stop "$tap"

# The test of a server that chunk-script(5) shows.
sed -n '/^test-case:a query has a row/,/^\.Ed/p' "$tests/../../man/chunk-script.5" | grep -v '^\.' >server.script
[ "$(wc -l <server.script)" -ge 10 ] || fail 'no test of a server in chunk-script(5)'
run chunk-send -p postgres -c ./server/.s.PGSQL.5432 -f server.script
expect_status 0

# A large COPY comes through unchanged.
query server \
  'create table lines as select repeat(md5(n::text), 8) as line from generate_series(1, 20000) as n'
start copy chunk-dump -q -p postgres --list --tap ./front/.s.PGSQL.5432 ./server/.s.PGSQL.5432
query server 'copy lines to stdout' >direct
query front 'copy lines to stdout' >tapped
expect_same direct tapped
stop "$pid"
