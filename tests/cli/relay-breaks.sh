#!/bin/sh
# Where one side breaks a connection through a tap or through --forward, the other side sees it broken, and
# not the end of the stream.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# broken SERVER CLIENT: each a list of actions; the one that does not reset the connection sees a reset.
broken() {
  for relay in 'chunk-dump --tap tcp:127.0.0.1:0' 'chunk-serve -v tcp:127.0.0.1:0 --forward'; do
    # shellcheck disable=SC2086 # several actions
    start upstream timeout 20 chunk-send -l tcp:127.0.0.1:0 $1
    server=$pid
    # shellcheck disable=SC2086 # a command with its arguments
    start relay $relay "$address"
    # shellcheck disable=SC2086 # several actions
    run timeout 20 chunk-send -c "$address" $2
    expect_status 0
    finish "$server"
    expect_status 0
    await relay.err grep -q 'connection reset by peer' relay.err
    stop "$pid"
  done
}
broken 'expect:NOOP ECHO:a reset' 'NOOP expect:ECHO:a expect-close:reset'
broken 'expect:NOOP ECHO:a expect-close:reset' 'NOOP expect:ECHO:a reset'
