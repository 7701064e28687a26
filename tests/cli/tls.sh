#!/bin/sh
# All tools use TLS and verify the server: nothing is sent to one with a wrong certificate.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_ca other
make_certificate server DNS:localhost,IP:127.0.0.1
make_certificate elsewhere DNS:elsewhere
make_certificate foreign DNS:localhost,IP:127.0.0.1 other
make_certificate expired DNS:localhost,IP:127.0.0.1 ca -1

start server chunk-serve --tls-cert server.pem tls:127.0.0.1:0 unix:plain
run chunk-send -c "$address" --tls-ca ca.pem request:ECHO:hi
expect_status 0
expect_out ECHO:hi
expect_no_err
run chunk-dump --text -c "$address" --tls-ca ca.pem -w 0.3
expect_status 4
run chunk-send -c "$address" --tls-ca ca.pem --tls-name localhost request:NOOP
expect_status 0

# A long conversation in both directions
head -c 60000 /dev/urandom >block
number=0
while [ "$number" -lt 100 ]; do
  number=$((number + 1))
  echo 'ECHO:@block'
done >script
chunk-send -f script >sent
chunk-send -c "$address" --tls-ca ca.pem <sent >got
expect_same sent got

# Nobody is trusted without being asked to.
run chunk-send -c "$address" NOOP
expect_status 3
expect_err "chunk-send: $address: unable to get local issuer certificate: certificate verify failed"
run chunk-send -c "$address" --tls-ca other.pem NOOP
expect_status 3
run chunk-recv -c "$address" --tls-ca ca.pem --tls-name elsewhere
expect_status 3
expect_err "chunk-recv: $address: hostname mismatch: certificate verify failed"
run chunk-send -c "$address" --tls-insecure request:ECHO:hi
expect_status 0
expect_out ECHO:hi
expect_err "chunk-send: warning: $address: the server is not verified"
# Plain TCP is no TLS, and the other way round.
run chunk-send -c "tcp:${address#tls:}" -w 5 request:NOOP
[ "$status" -ne 0 ] || fail 'plain TCP was answered'
stop "$pid"
expect_status 0

for name in elsewhere foreign expired; do
  start server chunk-serve --tls-cert "$name.pem" tls:127.0.0.1:0
  run chunk-send -c "$address" --tls-ca ca.pem request:NOOP
  expect_status 3
  expect_no_out
  grep -qx "chunk-send: $address: .*: certificate verify failed" err || fail "$(cat err)"
  stop "$pid"
done

# Files and command lines that cannot be used
run chunk-serve tls:127.0.0.1:0
expect_status 2
expect_err "chunk-serve: 'tls:127.0.0.1:0': needs --tls-cert"
run chunk-serve --tls-cert none.pem tls:127.0.0.1:0
expect_status 6
expect_err 'chunk-serve: none.pem: no such file or directory'
run chunk-send -c tls:127.0.0.1:1 --tls-ca script NOOP
expect_status 6

# chunk-recv listens, and chunk-dump stands between.
start receiver chunk-recv -F text -l tls:127.0.0.1:0 --tls-cert server.pem
receiver=$pid
run chunk-send -c "$address" --tls-ca ca.pem ECHO:there
expect_status 0
finish "$receiver"
expect_status 0
expect_file receiver.out ECHO:there
start server chunk-serve --tls-cert server.pem tls:127.0.0.1:0
start tap chunk-dump --tap tls:127.0.0.1:0 "$address" --tls-cert server.pem --tls-ca ca.pem
run chunk-send -c "$address" --tls-ca ca.pem request:ECHO:hi
expect_status 0
expect_out ECHO:hi
