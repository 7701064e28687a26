#!/bin/sh
# chunk-recv -v reports where it listens and who connects; for a Unix socket pid, uid and gid.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start receiver chunk-recv -v --listen unix:socket -F none
chunk-send --connect "$address" ECHO:abc NOOP &
sender=$!
finish "$sender"
expect_status 0
finish "$pid"
expect_status 0
expect_file receiver.err 'chunk-recv: listening on unix:socket' \
  "chunk-recv: connected: unix:socket (pid $sender, uid $(id -u), gid $(id -g))" \
  'chunk-recv: 2 chunks, 3 bytes of payload'

start receiver chunk-recv -v --listen tcp:127.0.0.1:0 -F none
port=$address
run chunk-send -v --connect "$port" NOOP
expect_status 0
expect_err "chunk-send: connected: $port"
finish "$pid"
sed -E '2s/:[0-9]+$/:PORT/' receiver.err >shape
expect_file shape "chunk-recv: listening on $port" 'chunk-recv: connected: tcp:127.0.0.1:PORT' \
  'chunk-recv: 1 chunk, 0 bytes of payload'
