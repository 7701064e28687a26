#!/bin/sh
# chunk-serve --idle-timeout closes an idle connection, and no other.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve --idle-timeout 1 unix:server
run chunk-recv -c unix:server
expect_status 0
expect_no_out
expect_no_err

# A request that takes longer is no idle time.
run chunk-send -c unix:server DLAY:NTVL=1.5 ECHO:a
expect_status 0
expect_no_err
expect_hex out '4e4f4f5000000000 4543484f01000000 61'

kill "$pid"
finish "$pid"
expect_status 0
end='local=unix:server peer=unix pid=P uid=U gid=G requests=0 in=0 out=0 ms=M'
log_of server.err >log
expect_file log 'time=T level=info event=listening local=unix:server' \
  "time=T level=info event=close conn=1 reason=idle detail=\"nothing received for 1 s\" $end" \
  'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'
