#!/bin/sh
# A tool that does not use TLS does not load OpenSSL.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

loads() {
  grep -q libssl "/proc/$pid/maps"
}

make_ca ca
make_certificate server DNS:localhost
start server chunk-serve unix:plain
if loads; then fail 'OpenSSL is loaded without TLS'; fi
start secure chunk-serve --tls-cert server.pem tls:127.0.0.1:0
loads || fail 'OpenSSL is not loaded with TLS'
