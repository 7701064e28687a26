#!/bin/sh
# From the network of a balancer a PROXY header is required, and its client address is used.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

signature=0d0a0d0a000d0a515549540a

# talk HEX...: sends these bytes and a NOOP, and keeps what comes in `got`
talk() {
  bytes=$(echo "$* 4e4f4f5000000000" | tr -d ' ' | sed 's/../%&/g')
  chunk-send -c "$address" "raw-send:$bytes" >got 2>err || :
}

answered() {
  expect_hex got 4e4f4f5000000000
}

refused() {
  expect_hex got
}

start server chunk-serve -v --proxy-from 127.0.0.0/8 --deny 192.0.2.66 tcp:127.0.0.1:0

# 192.0.2.7:4711 to 127.0.0.1:7000, then with TLVs, then IPv6
talk $signature 2111000c c00002077f000001 12671b58
answered
talk $signature 21110011 c00002077f000001 12671b58 0400027878
answered
talk $signature 21210024 20010db8000000000000000000000005 00000000000000000000000000000001 12671b58
answered
# The balancer on its own behalf
talk $signature 20000000
answered

# Whom a rule refuses, behind the balancer; no header; no such version; too short for its addresses
talk $signature 2111000c c00002427f000001 12671b58
refused
talk 4e4f4f5000000000
refused
chunk-send -c "$address" 'raw-send:PROXY TCP4 192.0.2.7 127.0.0.1 1 2%0d%0a' NOOP >got 2>err || :
refused
talk $signature 2111000b c00002077f000001 12671b
refused

stop "$pid"
expect_status 0
# closed: what the log says of the connections, in `log`. Whether a line waits until it is known how
# often it is repeated, and comes behind others then, depends on the time, so they are sorted.
closed() {
  log_of server.err |
    sed -n 's/.*event=close conn=[0-9]* //p' |
    sed 's/ local=t[a-z]*:127.0.0.1:[PORT0-9]*//; s/ ms=[0-9M]*//; s/ repeated=1$//' |
    sort >log
}
closed
balancer='balancer=tcp:127.0.0.1:PORT'
failed='peer=tcp:127.0.0.1:PORT requests=0 in=16 out=0'
expect_file log \
  "reason=denied detail=\"the rules do not admit this client\" peer=tcp:192.0.2.66:PORT $balancer requests=0 in=0 out=0" \
  'reason=ended peer=tcp:127.0.0.1:PORT id=NOOP requests=1 in=8 out=8' \
  "reason=ended peer=tcp:192.0.2.7:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "reason=ended peer=tcp:192.0.2.7:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "reason=ended peer=tcp:[2001:db8::5]:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "reason=handshake-failed detail=\"a PROXY header that is too short for its addresses\" $failed" \
  "reason=handshake-failed detail=\"no PROXY header of version 2\" $failed" \
  "reason=handshake-failed detail=\"no PROXY header of version 2\" $failed"

# The port is the one that the header tells.
start server chunk-serve -v --proxy-from 127.0.0.0/8 tcp:127.0.0.1:0
talk $signature 2111000c c00002077f000001 12671b58
answered
stop "$pid"
grep -q 'reason=ended .* peer=tcp:192.0.2.7:4711 balancer=tcp:127.0.0.1:' server.err ||
  fail "$(cat server.err)"

# Addresses of the balancer's own connection, or of a kind that is no IP, are skipped.
start server chunk-serve -v --proxy-from 127.0.0.0/8 tcp:127.0.0.1:0
talk $signature 2011000c c00002077f000001 12671b58
answered
talk $signature 21000000
answered
talk $signature 21000003 010203
answered
talk $signature 213100d8 "$(printf %0432d 0)"
answered
# A header in pieces, and one with the longest rest there is
bytes=$(echo "${signature}2111000cc00002077f00000112671b58" | sed 's/../%&/g')
chunk-send -c "$address" slice:1,0.002 "raw-send:$bytes" NOOP >got
answered
bytes=$(echo "${signature}2111ffffc00002077f00000112671b58" | sed 's/../%&/g')
chunk-send -c "$address" "raw-send:$bytes$(printf %065523d 0)" NOOP >got
answered
# One header is enough; a second one is a request that is far too large.
talk $signature 20000000 $signature 20000000
refused
stop "$pid"
expect_status 0
closed
expect_file log \
  'reason=ended peer=tcp:127.0.0.1:PORT id=NOOP requests=1 in=8 out=8' \
  'reason=ended peer=tcp:127.0.0.1:PORT id=NOOP requests=1 in=8 out=8' \
  'reason=ended peer=tcp:127.0.0.1:PORT id=NOOP requests=1 in=8 out=8' \
  'reason=ended peer=tcp:127.0.0.1:PORT id=NOOP requests=1 in=8 out=8' \
  "reason=ended peer=tcp:192.0.2.7:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "reason=ended peer=tcp:192.0.2.7:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "$(grep 'reason=too-large' log)"

# An unknown command, another version, a length that the stream does not have, a part of a header
for header in "${signature}22110000" "${signature}1111000cc00002077f00000112671b58" \
  "${signature}2111fffec00002077f00000112671b58" 0d0a0d0a00; do
  start server chunk-serve -v --proxy-from 127.0.0.0/8 tcp:127.0.0.1:0
  talk "$header"
  refused
  stop "$pid"
  expect_status 0
  closed
  grep -q 'reason=handshake-failed detail=.* requests=0 .* out=0$' log || fail "$header: $(cat server.err)"
done

# Rules and limits are about whom the header tells, and about the balancer only on its own behalf.
start server chunk-serve -v --proxy-from 127.0.0.0/8 --allow 192.0.2.0/24 --allow 2001:db8::/32 \
  tcp:127.0.0.1:0
talk $signature 2111000c c00002077f000001 12671b58
answered
talk $signature 21210024 20010db8000000000000000000000005 00000000000000000000000000000001 12671b58
answered
talk $signature 2111000c c63364077f000001 12671b58
refused
talk $signature 20000000
refused
stop "$pid"
start server chunk-serve -v --proxy-from 127.0.0.1 --max-per-peer 1 tcp:127.0.0.1:0
bytes=$(echo "${signature}2111000cc00002077f00000112671b58" | sed 's/../%&/g')
chunk-send -c "$address" "raw-send:$bytes" request:NOOP expect-nothing:60 >first 2>err &
client=$!
own "$client"
await server.err [ -s first ]
talk $signature 2111000c c00002077f000001 12681b58
refused
talk $signature 2111000c c00002087f000001 12671b58
answered
stop "$client"
stop "$pid"
grep -q 'reason=over-capacity .* peer=tcp:192.0.2.7:4712 ' server.err || fail "$(cat server.err)"

# Anybody else is taken at their word.
start server chunk-serve -v --proxy-from 10.0.0.0/8 tcp:127.0.0.1:0 unix:socket
run chunk-send -c "$address" request:NOOP
expect_status 0
run chunk-send -c unix:socket request:NOOP
expect_status 0
talk $signature 2111000c c00002077f000001 12671b58
refused
stop "$pid"
grep -q 'reason=too-large .* peer=tcp:127.0.0.1:' server.err || fail "$(cat server.err)"

for network in somewhere 10.0.0.1/8 unix:socket; do
  run chunk-serve --proxy-from "$network" tcp:127.0.0.1:0
  expect_status 2
  grep -q "^chunk-serve: --proxy-from: '$network' " err || fail "$(cat err)"
done

# Before TLS: what comes in by a Unix socket is passed on with a header by a shell.
if ! command -v bash >/dev/null || ! command -v systemd-socket-activate >/dev/null; then exit 0; fi
# shellcheck source=certificates.sh
. "$tests/certificates.sh"
make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1
cat >balancer <<'END'
exec 5<>"/dev/tcp/127.0.0.1/$1"
printf '\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\x12\x67\x1b\x58' >&5
cat <&5 &
cat >&5
END
start server chunk-serve -v --proxy-from 127.0.0.0/8 --tls-cert server.pem tls:127.0.0.1:0
systemd-socket-activate --inetd --accept -l "$directory/front" bash balancer "${address##*:}" \
  2>balancer.err &
front=$!
own "$front"
run chunk-send wait-for:unix:front
expect_status 0
s_client_asks -unix front
expect_hex client.out 4e4f4f5000000000
await server.err grep -q 'reason=[a-z]* .* peer=tls:192.0.2.7:4711 balancer=tls:127.0.0.1:[0-9]* id=NOOP requests=1 in=8 out=8 ' server.err
# And none is no TLS.
run chunk-send -c "$address" --tls-ca ca.pem request:NOOP
expect_status 3
stop "$pid"
expect_status 0
grep -q 'reason=handshake-failed detail="no PROXY header of version 2" ' server.err ||
  fail "$(cat server.err)"
stop "$front"
