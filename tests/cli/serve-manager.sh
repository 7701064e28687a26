#!/bin/sh
# systemd's sockets are used where they are meant for the server, and it is told what goes on.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v systemd-socket-activate >/dev/null || skip 'there is no systemd-socket-activate'

systemd-socket-activate -l "$directory/passed" --fdname=web -E PATH="$PATH" \
  chunk-serve -q fd:web 2>activate.err &
activated=$!
own "$activated"
run chunk-send wait-for:unix:passed
run chunk-send -c unix:passed request:ECHO:hi
expect_status 0
expect_out ECHO:hi
stop "$activated"

# Meant for another process
run env LISTEN_FDS=1 LISTEN_PID=1 chunk-serve
expect_status 2
expect_err 'chunk-serve: ADDR is required: no socket was passed'

strace -o /dev/null true 2>/dev/null || exit 0
start server env NOTIFY_SOCKET="$directory/notify" WATCHDOG_USEC=100000 \
  strace -s 200 -o trace -e trace=listen,sendto chunk-serve -q unix:server
server=$(pgrep -P "$pid" chunk-serve)

# told WHAT
told() {
  await trace grep -q "sendto(.*$1" trace
}
told READY=1
[ "$(sed -n '/listen(\|READY=1/s/(.*//p' trace | head -n 2 | tr '\n' ' ')" = 'listen sendto ' ] ||
  fail "$(cat trace)"
told WATCHDOG=1
kill -HUP "$server"
told 'RELOADING=1.nMONOTONIC_USEC=[0-9]'
kill "$server"
told STOPPING=1
finish "$pid"
expect_status 0
