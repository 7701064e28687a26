#!/bin/sh
# Files of certificates may be pipes at the start; a reload never waits for one. A key that is not usable is
# told before any client comes.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1
make_certificate other DNS:localhost,IP:127.0.0.1

answers() {
  run chunk-send -c "$address" --tls-ca ca.pem request:NOOP
  expect_status 0
  expect_out NOOP
}

# A pipe, whose contents are used twice: for the certificate and for the key
mkfifo pipe
cat server.pem >pipe &
start server chunk-serve --tls-cert pipe tls:127.0.0.1:0
answers

# It cannot be read again, and nobody waits for it.
kill -HUP "$pid"
await server.err grep -q 'event=reload certificates=kept' server.err
grep -q 'level=error event=reload certificates=kept reason="pipe: not a regular file' server.err ||
  fail "$(cat server.err)"
answers
stop "$pid"
expect_status 0

# A file that has become a pipe since
cp server.pem current.pem
start server chunk-serve --tls-cert current.pem tls:127.0.0.1:0
rm current.pem
mkfifo current.pem
kill -HUP "$pid"
await server.err grep -q 'event=reload certificates=kept' server.err
answers
stop "$pid"
expect_status 0

# The CAs that a client trusts, and those of client certificates, which are read twice as well
cat ca.pem >pipe &
start server chunk-serve --tls-cert server.pem --tls-client-ca pipe tls:127.0.0.1:0
cat ca.pem >pipe &
run chunk-send -c "$address" --tls-ca pipe --tls-cert server.pem request:NOOP
expect_status 0
stop "$pid"

# A key of another certificate
for tool in chunk-serve 'chunk-recv -l' 'chunk-dump -l' 'chunk-send -l'; do
  # shellcheck disable=SC2086 # a tool with its option
  run $tool tls:127.0.0.1:0 --tls-cert server.pem --tls-key other.key
  expect_status 6
  expect_err "${tool% -l}: other.key: key values mismatch"
done

# A host name that is fully qualified is the one in the certificate.
need_localhost
start server chunk-serve --tls-cert server.pem tls:localhost:0
address=tls:localhost:${address##*:}
run chunk-send -c "$address" --tls-ca ca.pem --tls-name localhost. request:NOOP
expect_status 0
run chunk-send -c "$address" --tls-ca ca.pem --tls-name elsewhere. request:NOOP
expect_status 3
# Not every system looks this name up.
getent hosts localhost. >/dev/null || exit 0
address=tls:localhost.:${address##*:}
answers
