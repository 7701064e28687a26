#!/bin/sh
# A tap prints what peers send only in printable ASCII, and passes it on unchanged.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for view in '' --list --text --json --summary; do
  for peer in corrupt evil; do
    start upstream timeout 20 chunk-send -l unix:upstream <"$data/$peer.chunk"
    server=$pid
    # shellcheck disable=SC2086 # no option or one
    start tap chunk-dump $view --tap unix:in unix:upstream --record "talk-$peer" -v
    timeout 20 chunk-send -c unix:in <"$data/evil.chunk" >replies || :
    finish "$server"
    kill "$pid"
    finish "$pid"
    expect_status 143
    expect_plain tap.out tap.err "talk-$peer"
    expect_same upstream.out "$data/evil.chunk"
    [ $peer = corrupt ] || expect_same replies "$data/evil.chunk"
    [ -s tap.out ] || fail "$view shows nothing"
  done
done
