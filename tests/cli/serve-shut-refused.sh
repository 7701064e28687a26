#!/bin/sh
# SHUT over TCP only closes the connection, unless --allow-shutdown is given.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve tcp:127.0.0.1:0
run chunk-send -c "$address" ECHO:a SHUT
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 61'
run chunk-send -c "$address" request:ECHO:alive
expect_status 0
expect_out ECHO:alive
kill "$pid"
finish "$pid"
expect_status 0
end='local=tcp:127.0.0.1:PORT peer=tcp:127.0.0.1:PORT id=SHUT requests=2 in=17 out=9 ms=M'
log_of server.err >log
expect_file log 'time=T level=info event=listening local=tcp:127.0.0.1:PORT' \
  "time=T level=info event=close conn=1 reason=denied detail=\"SHUT is not allowed from here\" $end" \
  'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'

start server chunk-serve --allow-shutdown tcp:127.0.0.1:0
run chunk-send -c "$address" request:SHUT
expect_status 0
expect_out NOOP
finish "$pid"
expect_status 0
