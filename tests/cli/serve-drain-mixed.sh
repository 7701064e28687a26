#!/bin/sh
# A stopping server closes idle connections at once and finishes requests in progress; a second signal
# ends it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve -v unix:server
# The first is idle, the second has a request that takes its time, the third has sent half of one.
cat >script <<'END'
idle> connect:unix:server
idle> NOOP
idle> expect:NOOP
busy> connect:unix:server
busy> NOOP
busy> expect:NOOP
busy> DLAY:NTVL=1.5
half> connect:unix:server
half> NOOP
half> expect:NOOP
half> raw-send:ECHO%05%00
run:kill $SERVER
within:0-1
idle> expect-close:eof
half> raw-send:%00%00hello
half> expect:ECHO:hello
busy> expect:NOOP
busy> expect-close:eof
half> expect-close:eof
END
run env SERVER="$pid" chunk-send -f script
expect_status 0
finish "$pid"
expect_status 0
grep -q 'event=stopped cut=0' server.err || fail "$(cat server.err)"

start server chunk-serve unix:server
chunk-send -c unix:server NOOP DLAY:NTVL=30 >replies 2>client.err &
client=$!
own "$client"
# Both requests are sent at once, so that the second one has come when the first one is answered.
await client.err [ -s replies ]
kill "$pid"
await server.err grep -q event=drain server.err
stop "$pid"
expect_status 143
