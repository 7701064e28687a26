#!/bin/sh
# chunk-serve logs the process, user and group of the peer on a Unix socket.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
chunk-send -c unix:server WHAT &
sender=$!
finish "$sender"
expect_status 0
kill "$pid"
finish "$pid"
sed -n 's/.* event=close .* \(pid=.*\) id=.*/\1/p' server.err >credentials
expect_file credentials "pid=$sender uid=$(id -u) gid=$(id -g)"
