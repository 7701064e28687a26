#!/bin/sh
# An end of TLS without close_notify in the middle of a chunk is status 5, and what came is kept.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1

# A server that sends the file, and is then cut off by a tap whose connection goes with it.
# cut FILE: receives it with the end of TCP alone behind it
cut() {
  mkfifo said
  openssl s_server -accept 127.0.0.1:0 -cert server.pem -quiet <said >listening 2>server.err &
  peer=$!
  own "$peer"
  exec 8>said
  tries=0
  until port=$(ss_port "$peer"); do
    tries=$((tries + 1))
    [ "$tries" -le 500 ] || fail "$(cat server.err)"
    sleep 0.02
  done
  chunk-recv -v -F text -c "tls:127.0.0.1:$port" --tls-ca ca.pem >got 2>received.err &
  receiver=$!
  own "$receiver"
  tries=0
  until grep -q connected received.err; do
    tries=$((tries + 1))
    [ "$tries" -le 500 ] || fail "$(cat received.err)"
    sleep 0.02
  done
  cat "$1" >&8
  tries=0
  until grep -q NOOP got; do
    tries=$((tries + 1))
    [ "$tries" -le 500 ] || fail "$(cat received.err)"
    sleep 0.02
  done
  kill -KILL "$peer"
  finish "$peer"
  finish "$receiver"
  exec 8>&-
  rm said
}

# ss_port PID: the port that it listens on, from /proc, since port 0 was asked for
ss_port() {
  inodes=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n')
  for inode in $inodes; do
    awk -v inode="$inode" '$4 == "0A" && $10 == inode { split($2, at, ":"); print at[2] }' \
      /proc/net/tcp
  done | { read -r hex && printf '%d\n' "0x$hex"; }
}

printf 'NOOP\0\0\0\0ECHO\12\0\0\0abc' >middle
cut middle
expect_status 5
expect_file got NOOP
grep -qx 'chunk-recv: tls:.*: truncated at byte 0x8: ECHO declares 10 bytes, 3 are there' \
  received.err || fail "$(cat received.err)"

printf 'NOOP\0\0\0\0' >whole
cut whole
expect_status 0
expect_file got NOOP
grep -qx 'chunk-recv: tls:.*: ended without close_notify' received.err || fail "$(cat received.err)"
