#!/bin/sh
# The log can be JSON, and repeated lines within a second are counted. Each has the time when it is written.
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
run jq -r .time server.err
sort -c out || fail "$(cat server.err)"
run jq -r '"\(.reason) \(.detail) \(.id)"' closed
sort -u out >kinds
expect_file kinds 'violation unknown request WHAT WHAT'

# However much the clients make it write, what the server itself has to say comes through.
start server chunk-serve unix:server
number=100
while [ "$number" -lt 400 ]; do
  number=$((number + 1))
  echo "raw-send:X$number%00%00%00%00"
  echo 'connect:unix:server'
done >script
run chunk-send -c unix:server -f script
kill -USR1 "$pid"
await server.err grep -q event=metrics server.err
stop "$pid"
expect_status 0
[ "$(grep -c event=close server.err)" -le 250 ] || fail "$(grep -c event=close server.err) lines"
[ "$(grep -c 'event=drain by=SIGTERM' server.err)" -eq 1 ] || fail "$(tail server.err)"
grep 'event=close' server.err | grep -q repeated= || fail "$(tail server.err)"
