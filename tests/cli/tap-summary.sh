#!/bin/sh
# chunk-dump --summary --tap counts the chunks of all connections together, and prints at the end.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
start tap chunk-dump --summary --tap unix:in unix:server
chunk-send -c unix:in ECHO:a ECHO:b DLAY:NTVL=0 >replies
chunk-send -c unix:in ECHO:c >replies
[ ! -s tap.out ] || fail 'it printed before the end'
kill "$pid"
finish "$pid"
expect_status 143
expect_file tap.err
# Requests, then replies.
grep -Eo '^(ECHO|DLAY|NOOP) +[0-9]+' tap.out | tr -s ' ' >counts
expect_file counts 'ECHO 3' 'DLAY 1' 'ECHO 3' 'NOOP 1'

# Of chunks that are cut, what is there counts, however long they would have been.
start tap chunk-dump --summary --tap unix:in unix:server
chunk-send -c unix:in NOOP,len=5 >replies
chunk-send -c unix:in BIGG,len=4294967295:abc >replies
kill "$pid"
finish "$pid"
tr -s ' ' <tap.out | grep -E '^(==>|BIGG|NOOP|total|[0-9]+ faults)' | cut -d ' ' -f 1-3 >counts
expect_file counts '==> requests <==' 'BIGG 1 11' 'NOOP 1 8' 'total 2 19' \
  '2 faults, 4294967297' '==> replies <==' 'total 0 0'
