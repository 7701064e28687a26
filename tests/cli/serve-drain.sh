#!/bin/sh
# On SIGTERM and SIGINT chunk-serve answers the request in progress, removes its socket and exits with 0.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo replies
for signal in TERM INT; do
  for kind in unix:server tcp:127.0.0.1:0; do
    # What a shell starts in the background ignores SIGINT, unless it is told otherwise.
    start server env --default-signal=INT chunk-serve "$kind"
    # The reply to the first request tells that the second is in progress.
    chunk-send -c "$address" ECHO:a DLAY:NTVL=0.5 ECHO:b >replies 2>client.err &
    client=$!
    own "$client"
    exec 8<replies
    head -c 9 <&8 >first
    expect_hex first '4543484f01000000 61'
    kill -s "$signal" "$pid"
    cat <&8 >rest
    exec 8<&-
    finish "$client"
    expect_status 0
    expect_file client.err
    expect_hex rest '4e4f4f5000000000 4543484f01000000 62'
    finish "$pid"
    expect_status 0
    [ ! -e server ] || fail 'the socket file is still there'
    log_of server.err >log
    [ "$(sed -n '$p' log)" = 'time=T level=info event=stopped cut=0' ] || fail "$(cat log)"
    grep -qx "time=T level=info event=drain by=SIG$signal" log || fail "$(cat log)"
  done
done
