#!/bin/sh
# The log is JSON where that is asked for, and what repeats within a second is counted.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve --log-format json unix:server
number=0
while [ "$number" -lt 50 ]; do
  number=$((number + 1))
  echo 'raw-send:WHAT%00%00%00%00'
  echo 'connect:unix:server'
done >script
run chunk-send -c unix:server -f script
stop "$pid"
expect_status 0
jq -e . server.err >/dev/null || fail 'not JSON'
run jq -r 'select(.event == "start") | "\(.protocol) \(."max-chunk") \(.idle)"' server.err
expect_out 'example 65535 60 s'
# Some lines, which stand for 50 together
jq -c 'select(.event == "close")' server.err >closed
[ "$(wc -l <closed)" -le 10 ] || fail "$(cat closed)"
run jq -s 'map(.repeated // 1) | add' closed
expect_out 50
run jq -r '"\(.reason) \(.detail) \(.id)"' closed
sort -u out >kinds
expect_file kinds 'violation unknown request WHAT WHAT'
