#!/bin/sh
# Nothing that a peer sends or names reaches a terminal as a control character or as non-ASCII.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# plain TOOL ARGUMENT...: both its outputs are
plain() {
  run "$@"
  expect_plain out err
}

evil=$(printf 'x\033[2J\n\302\233')
cut=0
while [ "$cut" -le 58 ]; do
  head -c "$cut" "$data/evil.chunk" >"$evil"
  plain chunk-dump "$evil"
  plain chunk-dump --list "$evil" "$evil"
  plain chunk-dump --resync "$evil"
  for format in --text --json --summary --check; do
    plain chunk-dump "$format" "$evil" "$evil"
  done
  plain chunk-recv -F text <"$evil"
  plain chunk-recv -F none -m 14 <"$evil"
  cut=$((cut + 1))
done
for protocol in guess none example; do
  for style in --list --text --json --summary --check --resync ''; do
    plain chunk-dump -p "$protocol" ${style:+"$style"} <"$data/evil.chunk"
  done
done

# Evil IDs of subchunks, also where they are malformed
chunk-send 'CMPU:%1b[2J=%07:%9b31m=%0a' 'CMPU:%1b[2J%09%00%00%00' >"$evil"
for protocol in guess none example; do
  for style in --list --text --json --summary --check --resync ''; do
    plain chunk-dump -p "$protocol" ${style:+"$style"} "$evil"
  done
done

plain chunk-dump "$evil$evil"
expect_status 6
plain chunk-send "$evil"
expect_status 2
plain chunk-send NOOP "--$evil"
expect_status 2
plain chunk-send "ECHO:@$evil$evil"
expect_status 6
plain chunk-send -c "unix:$evil" NOOP
expect_status 3
plain chunk-serve "$evil"
expect_status 2
plain chunk-recv -p "$evil" -F none
expect_status 2

# In a conversation, and in the log of the server
start server chunk-serve -v unix:server
for action in 'ECHO:%1b[2J%9b' 'ECHO:%ff'; do
  plain chunk-send -v -c "$address" "request:$action" "requestd:$action"
  expect_status 0
done
cut=1
while [ "$cut" -le 58 ]; do
  bytes=$(head -c "$cut" "$data/evil.chunk" | xxd -p | tr -d '\n' | sed 's/../%&/g')
  plain chunk-send -v -c "$address" "raw-send:$bytes"
  plain chunk-send -v -c "$address" "raw-send:$bytes" -w 0.2 raw-receive:1
  cut=$((cut + 16))
done
for action in '%1b[2J:%07' 'ECHO,len=4294967295:x' '%1b[2J,len=4294967295:x' '%1b%9b%07%0a,cut=2' \
  '%1b%9b%0a%22,len=99:%07' 'CMPU:%1b[2J=%07' 'CMPU:OPER=%1b[2J' 'CMPU:%1b[2J' 'DLAY:NTVL=%1b'; do
  run chunk-send -c "$address" "$action"
  expect_status 0
done
kill "$pid"
finish "$pid"
expect_plain server.out server.err
log_of server.err >log
grep -q '%1b\[2J' log || fail 'the server has told nothing'
