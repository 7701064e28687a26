#!/bin/sh
# A TLS connection that ends without close_notify inside a chunk gives status 5; what has come is kept.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1

# cut FILE: receives it from a server that is killed then, so that TCP ends without TLS ending
cut() {
  mkfifo said
  openssl s_server -accept 127.0.0.1:0 -cert server.pem -quiet <said >listening 2>server.err &
  peer=$!
  own "$peer"
  exec 8>said
  port=$(await server.err listening_port "$peer")
  chunk-recv -v -F text -c "tls:127.0.0.1:$port" --tls-ca ca.pem >got 2>received.err &
  receiver=$!
  own "$receiver"
  await received.err grep -q connected received.err
  cat "$1" >&8
  await received.err grep -q NOOP got
  kill -KILL "$peer"
  finish "$peer"
  finish "$receiver"
  exec 8>&-
  rm said
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
