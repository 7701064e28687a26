#!/bin/sh
# A server that cannot finish a request within --drain-timeout closes the connection; status 1.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo replies
start server chunk-serve --drain-timeout 0.2 unix:server
chunk-send -c unix:server ECHO:a DLAY:NTVL=50 >replies 2>client.err &
client=$!
own "$client"
exec 8<replies
head -c 9 <&8 >first
expect_hex first '4543484f01000000 61'
kill "$pid"
finish "$pid"
expect_status 1
expect_file server.out
end='local=unix:server peer=unix pid=P uid=U gid=G id=DLAY requests=2 in=27 out=9 ms=M'
log_of server.err >log
expect_file log 'time=T level=info event=listening local=unix:server' \
  'time=T level=info event=drain by=SIGTERM' \
  "time=T level=warning event=close conn=1 reason=cut $end" \
  'time=T level=info event=stopped cut=1'
finish "$client"
