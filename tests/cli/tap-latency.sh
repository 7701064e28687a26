#!/bin/sh
# A tap shows the time between each reply and its request, and only for replies.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
start tap chunk-dump --list --tap unix:in unix:server
chunk-send -c unix:in request:ECHO:a request:DLAY:NTVL=0.25 request:ECHO:b >replies
kill "$pid"
finish "$pid"
expect_file tap.err
grep '>' tap.out >requests
expect_file requests '1 > 00000000  ECHO           1' '1 > 00000009  DLAY          12' '1 > 0000001d  ECHO           1'
sed -E 's/ +[0-9.]+ ms$/ MS/' tap.out | grep '<' >replies
expect_file replies '1 < 00000000  ECHO           1 MS' '1 < 00000009  NOOP           0 MS' \
  '1 < 00000011  ECHO           1 MS'
sed -n 's/.*< 00000009 .* \([0-9]*\)\.[0-9]* ms$/\1/p' tap.out >slow
[ "$(cat slow)" -ge 250 ] || fail "a reply after 250 ms took $(cat slow) ms"
