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
