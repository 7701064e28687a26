#!/bin/sh
# --retry does not retry after a wrong certificate.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_ca other
make_certificate server DNS:localhost,IP:127.0.0.1
start server chunk-serve --tls-cert server.pem tls:127.0.0.1:0
run chunk-send -v --retry 30 -c "$address" --tls-ca other.pem NOOP
expect_status 3
grep -q 'certificate verify failed$' err || fail "$(cat err)"
grep -q 'trying again' err && fail "$(cat err)"
run chunk-send -v --retry 30 -c "$address" --tls-ca ca.pem --probe
expect_status 0
