#!/bin/sh
# A draining server closes idle connections at once, after their replies.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo replies
start server chunk-serve unix:server
chunk-send -c unix:server request:ECHO:a raw-receive:1 >replies 2>client.err &
client=$!
own "$client"
exec 8<replies
read -r reply <&8
[ "$reply" = ECHO:a ] || fail "$reply"
kill "$pid"
finish "$pid"
expect_status 0
finish "$client"
expect_status 5
expect_file client.err 'chunk-send: unix:server: raw-receive:1: the stream ended after 0 of 1 bytes'
