#!/bin/sh
# If its output is not read, a tap does not delay conversations: it drops records, and counts them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

count=100000
awk -v count="$count" 'BEGIN { while (count-- > 0) print "ECHO:0123456789012345678901234567890123" }' \
  >script
chunk-send -f script >requests

start server chunk-serve unix:server
mkfifo tap.out
exec 7<>tap.out
start tap chunk-dump --list --tap unix:in unix:server
run timeout 50 chunk-send -c unix:in <requests
expect_status 0
expect_same requests out
[ "$(peak "$pid")" -lt 40000 ] || fail "$(peak "$pid") KiB to hold what nobody reads"

# The reader comes back: it gets what was queued, and the number of those that were not.
timeout 20 grep -m 1 dropped <&7 >gap || fail 'no line tells of the gap'
dropped=$(sed -n 's/^# \([0-9]*\) records dropped$/\1/p' gap)
[ "${dropped:-0}" -gt "$count" ] || fail "not most of $count requests and replies: $(cat gap)"
[ "$dropped" -lt $((2 * count)) ] || fail 'not one record was queued'

kill "$pid"
finish "$pid"
expect_status 143
expect_file tap.err "chunk-dump: $dropped records dropped"
