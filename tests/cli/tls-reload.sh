#!/bin/sh
# SIGHUP reloads certificates, and keeps the old ones if the new ones are bad.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate first DNS:first
make_certificate second DNS:second

# reload HOW: until the log tells that certificates are HOW
reload() {
  kill -HUP "$pid"
  await server.err grep -q "event=reload certificates=$1" server.err
}

# shows NAME
shows() {
  run chunk-send -c "$address" --tls-ca ca.pem --tls-name "$1" request:NOOP
  expect_status 0
  expect_out NOOP
}

cp first.pem current.pem
start server chunk-serve --tls-cert current.pem tls:127.0.0.1:0
shows first

# A connection that is open goes on over both.
has_first_reply() {
  [ "$(wc -c <replies)" -eq 9 ]
}
mkfifo steps
chunk-send -c "$address" --tls-ca ca.pem --tls-name first --from raw <steps >replies 2>client.err &
client=$!
own "$client"
exec 8>steps
printf 'ECHO\1\0\0\0a' >&8
await client.err has_first_reply

cp second.pem current.pem
reload read
shows second
run chunk-send -c "$address" --tls-ca ca.pem --tls-name first NOOP
expect_status 3

echo rubbish >current.pem
reload kept
grep -q 'level=error event=reload certificates=kept reason="current.pem: ' server.err ||
  fail "$(cat server.err)"
shows second

printf 'ECHO\1\0\0\0b' >&8
exec 8>&-
finish "$client"
expect_status 0
expect_hex replies '4543484f01000000 61 4543484f01000000 62'
