#!/bin/sh
# A session connects again when its peer has gone, is saved as a test, and can be the server.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tmux.sh
. "$tests/tmux.sh"

start server chunk-serve unix:server
open_terminal 80 'chunk-send -c unix:server'
await_last 'unix:server>'
type_keys ECHO:one Enter
await_match 'ECHO:one  .*'
type_keys CMPU:OPER=+:OPND=3:OPND=4 Enter
await_match 'ANSR:STS%20=1:VALU=7.0  .*'
type_keys 'expect:ANSR:VALU={sum}' Enter 'ECHO:%{sum}' Enter
await_match 'ECHO:7.0  .*'
stop "$pid"
await_line '# closed by unix:server'
type_keys ECHO:lost Enter
await_match 'chunk-send: ECHO:lost: unix:server: no such file or directory'
start server2 chunk-serve unix:server
server=$pid
type_keys ECHO:again Enter
await_line '# connected to unix:server'
await_match 'ECHO:again  .*'
type_keys WHAT Enter
await_times 2 '# closed by unix:server'
type_keys 'ECHO:third' Enter
await_match 'ECHO:third  .*'
type_keys 'save talk.script' Enter C-d
await_line 'ended with 0'
grep -v '^#' talk.script >actions
expect_file actions ECHO:one expect:ECHO:one CMPU:OPER=+:OPND=3:OPND=4 'expect:ANSR:VALU={sum}' \
  'ECHO:%{sum}' expect:ECHO:7.0 expect-close connect ECHO:again expect:ECHO:again WHAT expect-close \
  connect ECHO:third expect:ECHO:third

# The script passes on a server that ends the first connection as the other did, and no other way.
sed 's/^expect-close$/close/;s/^connect$/connect/' talk.script >whole.script
run chunk-send -c unix:server -f whole.script
expect_status 0
expect_err 'chunk-send: 1 passed'

# The server by hand: requests are shown, and lines are the replies.
open_terminal 160 'chunk-send -i -l unix:hand'
await_line 'chunk-send: listening on unix:hand'
await_last 'unix:hand>'
chunk-send -c unix:hand request:ASKS:first >client.out 2>client.err &
client=$!
own "$client"
await_line ASKS:first
type_keys TELL:answer Enter
finish "$client"
expect_status 0
expect_file client.out TELL:answer
await_match '# closed by .*'
chunk-send -c unix:hand request:ASKS:second >client.out 2>client.err &
client=$!
own "$client"
await_line ASKS:second
type_keys TELL:more Enter
finish "$client"
expect_file client.out TELL:more
await_times 2 '# closed by .*'
type_keys 'save hand.script' Enter C-d
await_line 'ended with 0'
[ ! -e hand ] || fail 'the socket file is still there'
grep -v '^#' hand.script >actions
expect_file actions 'test-case:client 1' expect:ASKS:first TELL:answer expect-close 'test-case:client 2' \
  expect:ASKS:second TELL:more expect-close
start hand chunk-send -l unix:hand -f hand.script
for each in first second; do
  run chunk-send -c unix:hand request:ASKS:"$each"
  expect_status 0
done
finish "$pid"
expect_status 0
expect_file hand.err 'chunk-send: 2 passed'
stop "$server"
