#!/bin/sh
# chunk-send reports, with status 3, that the peer closed before the reply to a request.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run chunk-send -c "$address" request:ECHO:a request:WHAT:x request:ECHO:b
expect_status 3
expect_out ECHO:a
expect_err 'chunk-send: unix:server: request:WHAT:x: closed before the reply'

# Once the peer has gone, the steps that follow are not performed to the last one.
fake unix:gone <<'EOF'
expect:ECHO:a
close
EOF
for last in NOOP expect:NOOP; do
  run timeout 20 chunk-send -c unix:gone repeat:4000000000 ECHO:a end "$last"
  expect_status 3
  head -n 1 err >first
  grep -Eqx 'chunk-send: unix:gone(: ECHO:a)?: ([0-9]+ of [0-9]+ bytes sent: )?(broken pipe|connection reset by peer)' first ||
    fail "$(cat err)"
done
