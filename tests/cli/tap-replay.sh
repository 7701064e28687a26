#!/bin/sh
# A script of chunk-dump --record replays the conversation, and fails where a reply differs.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
start tap chunk-dump -p example --tap unix:in unix:server --record talk
chunk-send -c unix:in NOOP CMPU:OPER=+:OPND=3:OPND=4 ECHO ECHO:a%0a%25 ECHO,fill=60000:xy >replies
kill "$pid"
finish "$pid"
run timeout 20 chunk-send -c unix:server -f talk
expect_status 0
expect_err 'chunk-send: 1 passed'

sed 's/^expect,exact:ANSR:.*/expect,exact:ANSR:STS%20=1:VALU=8.0/' talk >other
run timeout 20 chunk-send -c unix:server -f other
expect_status 1

# Each connection is a case, and the pauses of the client are those of the replay, in which the
# server has no part.
start tap chunk-dump -p example --tap unix:in unix:server --record two
chunk-send -c unix:in ECHO:a expect:ECHO:a delay:0.5 ECHO:b expect:ECHO:b 2>report
chunk-send -c unix:in DLAY:NTVL=0.3 expect:NOOP 2>report
kill "$pid"
finish "$pid"
[ "$(grep -c '^at:' two)" -ge 1 ] || fail "no time: $(cat two)"

# took COMMAND...: runs it; $took is its time in milliseconds.
took() {
  before=$(date +%s%3N)
  run "$@"
  took=$(($(date +%s%3N) - before))
}
took timeout 20 chunk-send -v -c unix:server -f two -f two.2 --case 1
expect_status 0
[ "$took" -ge 500 ] || fail "replayed in $took ms"
took timeout 20 chunk-send -c unix:server --speed 2 -f two -f two.2
expect_status 0
expect_err 'chunk-send: 2 passed'
[ "$took" -ge 550 ] || fail "replayed in $took ms"
sed 's/^at:.*/at:3600/' two >late
run timeout 20 chunk-send -c unix:server --speed 0 -f late -f two.2
expect_status 0
run timeout 20 chunk-send --speed 1e6 at:3600 NOOP
expect_status 0
for wrong in -1 x nan inf ''; do
  run chunk-send --speed "$wrong" NOOP
  expect_status 2
  grep -q '^chunk-send: --speed: ' err || fail "$(cat err)"
done
