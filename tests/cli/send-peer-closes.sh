#!/bin/sh
# chunk-send reports how much it sent, with status 3, if the peer closes while 10 MB are unsent.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:socket tcp:127.0.0.1:0; do
  for input in actions stream; do
    start receiver chunk-recv --listen "$kind" -n 1 -F none
    if [ "$input" = actions ]; then
      run chunk-send --connect "$address" NOOP ECHO,fill=10000000:x
    else
      chunk-send NOOP ECHO,fill=10000000:x >stream
      run chunk-send --connect "$address" <stream
    fi
    finish_status=$status
    expect_no_out
    sed -E -e 's/: [1-9][0-9]* of [1-9][0-9]* bytes sent: (broken pipe|connection reset by peer)$/: SENT/' err >shape
    expect_file shape "chunk-send: $address: SENT"
    status=$finish_status
    expect_status 3
    sent=$(sed -E 's/.* ([0-9]+) of ([0-9]+) bytes sent.*/\1/' err)
    total=$(sed -E 's/.* ([0-9]+) of ([0-9]+) bytes sent.*/\2/' err)
    [ "$sent" -lt "$total" ] || fail "$(cat err)"
    if [ "$input" = actions ]; then [ "$total" -eq 10000016 ] || fail "$(cat err)"; fi
    finish "$pid"
    expect_status 0
  done
done
