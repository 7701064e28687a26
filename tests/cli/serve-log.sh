#!/bin/sh
# chunk-serve logs a line for each fault, and with -v also for each connection.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# leaves LINE...: what the log of a session holds between its first and last line. A server may see
# later than its client that a connection has ended.
leaves() {
  await server.err logged $#
  kill "$pid"
  finish "$pid"
  expect_status 0
  expect_file server.out
  log_of server.err >log
  expect_file log 'time=T level=info event=listening local=unix:server' "$@" \
    'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'
}

# logged COUNT: whether as many lines follow those of the start
logged() {
  [ "$(wc -l <server.err)" -ge $(($1 + 2)) ]
}

talk() {
  chunk-send -c unix:server NOOP ECHO:abc >/dev/null
  chunk-send -c unix:server ECHO:a WHAT:%1b%00%ff%20%22 >/dev/null
  chunk-send -c unix:server ECHO:a ECHO,len=70000 >/dev/null
  chunk-send -c unix:server DLAY:NTVL=soon >/dev/null
  chunk-send -c unix:server ECHO,len=9:abc >/dev/null
  chunk-send -c unix:server '%1b%20%22%3d:x' >/dev/null
}

end='local=unix:server peer=unix pid=P uid=U gid=G'
fault='time=T level=info event=close'
# By default the faults
start server chunk-serve unix:server
talk
leaves "$fault conn=2 reason=violation detail=\"unknown request WHAT\" $end id=WHAT requests=2 in=22 out=9 ms=M" \
  "$fault conn=3 reason=too-large detail=\"too large at byte 0x9: ECHO declares 70000 bytes, 65535 are allowed\" $end id=ECHO requests=1 in=17 out=9 ms=M" \
  "$fault conn=4 reason=violation detail=\"NTVL is not a number\" $end id=DLAY requests=1 in=20 out=0 ms=M" \
  "$fault conn=5 reason=truncated detail=\"truncated at byte 0x0: ECHO declares 9 bytes, 3 are there\" $end requests=0 in=11 out=0 ms=M" \
  "$fault conn=6 reason=violation detail=\"unknown request %1b%20%22%3d\" $end id=%1b%20%22%3d requests=1 in=9 out=0 ms=M"

start server chunk-serve -v unix:server
chunk-send -c unix:server NOOP ECHO:abc >/dev/null
leaves "time=T level=debug event=accept conn=1 $end" \
  "time=T level=debug event=close conn=1 reason=ended $end id=ECHO requests=2 in=19 out=19 ms=M"

start server chunk-serve -v tcp:127.0.0.1:0
chunk-send -c "$address" NOOP >/dev/null
await server.err logged 2
kill "$pid"
finish "$pid"
log_of server.err >log
end='local=tcp:127.0.0.1:PORT peer=tcp:127.0.0.1:PORT'
expect_file log 'time=T level=info event=listening local=tcp:127.0.0.1:PORT' \
  "time=T level=debug event=accept conn=1 $end" \
  "time=T level=debug event=close conn=1 reason=ended $end id=NOOP requests=1 in=8 out=8 ms=M" \
  'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'

# With -q only what an operator has to see
start server chunk-serve -q unix:server
talk
kill "$pid"
finish "$pid"
expect_file server.err
