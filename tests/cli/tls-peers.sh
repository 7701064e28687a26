#!/bin/sh
# Old versions and clients without a certificate are refused with an alert, which gives status 3.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

# s_client ARGUMENT...: what OpenSSL's client says, after it has waited for the server's end.
s_client() {
  printf 'NOOP\0\0\0\0' |
    timeout 10 openssl s_client -connect "${address#tls:}" "$@" >client.out 2>&1 || :
}

make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1
make_certificate client DNS:client.example
make_certificate stranger DNS:stranger.example

start server chunk-serve --tls-cert server.pem tls:127.0.0.1:0
s_client -tls1_2
grep -q 'SSL alert number 70$' client.out || fail "$(cat client.out)"
s_client -tls1_3 -CAfile ca.pem -verify_return_error
grep -q 'Verify return code: 0' client.out || fail "$(cat client.out)"

start server chunk-serve --tls-cert server.pem --tls-min 1.2 tls:127.0.0.1:0
s_client -tls1_2
grep -q 'Protocol  *: TLSv1.2' client.out || fail "$(cat client.out)"

start server chunk-serve -v --tls-cert server.pem --tls-client-ca ca.pem \
  --allow cert=client.example tls:127.0.0.1:0
timeout 10 openssl s_client -connect "${address#tls:}" -quiet >client.out 2>&1 || :
grep -q 'SSL alert number 116$' client.out || fail "$(cat client.out)"
run chunk-send -c "$address" --tls-ca ca.pem request:NOOP
expect_status 3
expect_err "chunk-send: $address: request:NOOP: tlsv13 alert certificate required"
run chunk-send -c "$address" --tls-ca ca.pem NOOP
expect_status 3
run chunk-send -c "$address" --tls-ca ca.pem --tls-cert client.pem request:ECHO:hi
expect_status 0
expect_out ECHO:hi
run chunk-send -c "$address" --tls-ca ca.pem --tls-cert stranger.pem request:ECHO:hi
expect_status 3
expect_no_out
stop "$pid"
grep -q 'reason=handshake-failed detail="peer did not return a certificate"' server.err ||
  fail "$(cat server.err)"
grep -q 'reason=ended .* cert=client.example ' server.err || fail "$(cat server.err)"
grep -q 'reason=denied .* cert=stranger.example ' server.err || fail "$(cat server.err)"
