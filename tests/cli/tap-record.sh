#!/bin/sh
# chunk-dump --record records a conversation as a script, in one file per connection.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# script_of FILE: it without the time in its heading, and those of a busy machine.
script_of() {
  sed -E -e 's/, [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$/, T/' -e '/^at:/d' "$1"
}

start server chunk-serve unix:server
echo old >'talk'
start tap chunk-dump -p example --tap unix:in unix:server --record talk
chunk-send -c unix:in request:NOOP request:CMPU:OPER=+:OPND=3:OPND=4 request:ECHO request:ECHO:a%0a \
  >replies
chunk-send -c unix:in request:ECHO:b ECHO,len=9:cut >replies
chunk-send -c unix:in raw-send:%00%ffC >replies
kill "$pid"
finish "$pid"
script_of talk >first
expect_file first '# connection 1 to unix:server, T' 'test-case:connection 1' NOOP expect:NOOP: CMPU:OPER=+:OPND=3:OPND=4 \
  expect,exact:ANSR:STS%20=1:VALU=7.0 ECHO expect:ECHO: ECHO:a%0a expect:ECHO:a%0a shutdown
script_of talk.2 >second
expect_file second '# connection 2 to unix:server, T' 'test-case:connection 2' ECHO:b expect:ECHO:b ECHO,len=9:cut shutdown
script_of talk.3 >third
expect_file third '# connection 3 to unix:server, T' 'test-case:connection 3' raw-send:%00%ff%43 shutdown

# What the server does not end is received as bytes.
start upstream timeout 20 chunk-send -l unix:upstream NOOP ECHO,len=9:%0a
server=$pid
start tap chunk-dump --tap unix:in unix:upstream --record cut
# The client's end comes last, when it has seen the server's.
run timeout 20 chunk-send -c unix:in raw-receive:17 expect-close
expect_status 0
finish "$server"
tries=500
until grep -qx shutdown cut; do
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail "$(cat cut)"
  sleep 0.01
done
kill "$pid"
finish "$pid"
script_of cut >first
expect_file first '# connection 1 to unix:upstream, T' 'test-case:connection 1' expect:NOOP: \
  '# no whole chunk: ECHO%09%00%00%00%0a' raw-receive:9 shutdown

# A script that cannot be written is known before anyone can connect.
run chunk-dump --tap unix:in unix:server --record nowhere/talk
expect_status 6
expect_err 'chunk-dump: nowhere/talk: no such file or directory'
[ ! -e in ] || fail 'it listened'
run chunk-dump --record talk "$data/req.chunk"
expect_status 2
expect_err 'chunk-dump: --record requires --tap' "Try 'chunk-dump --help'."
