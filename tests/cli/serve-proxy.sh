#!/bin/sh
# From a balancer's network a PROXY header is required, and tells who the client is.
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

kill "$pid"
finish "$pid"
expect_status 0
log_of server.err | sed -n 's/.*event=close conn=[0-9]* //p' | sed 's/ local=tcp:127.0.0.1:PORT//; s/ ms=[0-9M]*//' >log
balancer='balancer=tcp:127.0.0.1:PORT'
expect_file log \
  "reason=ended peer=tcp:192.0.2.7:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "reason=ended peer=tcp:192.0.2.7:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  "reason=ended peer=tcp:[2001:db8::5]:PORT $balancer id=NOOP requests=1 in=8 out=8" \
  'reason=ended peer=tcp:127.0.0.1:PORT id=NOOP requests=1 in=8 out=8' \
  "reason=denied detail=\"the rules do not admit this client\" peer=tcp:192.0.2.66:PORT $balancer requests=0 in=0 out=0" \
  'reason=handshake-failed detail="no PROXY header of version 2" peer=tcp:127.0.0.1:PORT requests=0 in=16 out=0' \
  'reason=handshake-failed detail="a PROXY header that is too short for its addresses" peer=tcp:127.0.0.1:PORT requests=0 in=16 out=0' \
  'reason=handshake-failed detail="no PROXY header of version 2" peer=tcp:127.0.0.1:PORT requests=0 in=16 out=0 repeated=1'

# Anybody else is taken at their word.
start server chunk-serve --proxy-from 10.0.0.0/8 tcp:127.0.0.1:0
run chunk-send -c "$address" request:NOOP
expect_status 0
