#!/bin/sh
# chunk-serve --max-connections closes further connections, and serves again when there is room.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve --max-connections 1 unix:server
mkfifo requests replies
chunk-send -c unix:server <requests >replies 2>client.err &
client=$!
own "$client"
exec 7>requests
exec 8<replies
chunk-send ECHO:a >&7
head -c 9 <&8 >first
expect_hex first '4543484f01000000 61'

run chunk-recv -c unix:server
expect_status 0
expect_no_out

chunk-send ECHO:b >&7
exec 7>&-
cat <&8 >rest
expect_hex rest '4543484f01000000 62'
finish "$client"
expect_status 0

run chunk-send -c unix:server request:ECHO:c
expect_status 0
expect_out ECHO:c
kill "$pid"
finish "$pid"
expect_status 0
log_of server.err >log
end='local=unix:server peer=unix pid=P uid=U gid=G requests=0 in=0 out=0 ms=M'
expect_file log 'time=T level=info event=listening local=unix:server' \
  "time=T level=warning event=close conn=2 reason=over-capacity detail=\"1 connections already\" $end" \
  'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'
