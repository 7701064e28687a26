#!/bin/sh
# A TLS client that sends much but no request affects only itself.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate server DNS:localhost

# annoys HOW: a client does that, and others are served until the server has ended its connection.
annoys() {
  start server chunk-serve -v --tls-cert server.pem --idle-timeout 2 --request-timeout 2 \
    tls:127.0.0.1:0 unix:server
  timeout 40 "${CHUNK_TLS_NUISANCE:?is the client}" "${address##*:}" "$1" >client.out 2>client.err &
  client=$!
  own "$client"
  await server.err grep -q 'event=accept .*peer=tls:' server.err
  rounds=0
  while [ "$rounds" -lt 5 ]; do
    rounds=$((rounds + 1))
    run chunk-send -c unix:server -w 2 request:NOOP
    expect_status 0
  done
  finish "$client"
  expect_status 0
  stop "$pid"
  expect_status 0
  log_of server.err >log
}

annoys updates
grep -q 'reason=\(idle\|request-slow\) .*peer=tls:' log || fail "$(cat log)"
# None of them puts that off.
lasted=$(sed -n 's/.*event=close .*peer=tls:.* ms=\([0-9]*\).*/\1/p' server.err)
[ "$lasted" -le 10000 ] || fail "cut after $lasted ms instead of 2000"
annoys split
grep -q 'reason=idle .*peer=tls:' log || fail "$(cat log)"
annoys drip
grep -q 'reason=request-slow .*peer=tls:' log || fail "$(cat log)"
annoys records
grep -q 'reason=violation .*peer=tls:' log || fail "$(cat log)"
