#!/bin/sh
# Data that TLS has to send waits for room like any other, and arrives.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1
start server chunk-serve --tls-cert server.pem --max-chunk 16M tls:127.0.0.1:0

# More than the system takes at once, from an action
run chunk-send -c "$address" --tls-ca ca.pem -w 30 ECHO,fill=8000000:x
expect_status 0
[ "$(wc -c <out)" -eq 8000008 ] || fail "$(wc -c <out) bytes came back"

# Whichever write of a conversation finds no room, the last one of which says goodbye
if ! strace -o /dev/null true 2>/dev/null; then exit 0; fi
number=0
while [ "$number" -lt 5 ]; do
  number=$((number + 1))
  run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -qq -o trace -e trace=sendto -e "inject=sendto:error=EAGAIN:when=$number" \
    chunk-send -c "$address" --tls-ca ca.pem -w 30 ECHO:hi
  expect_status 0
  expect_hex out 4543484f 02000000 6869
done
[ "$(grep -c . trace)" -lt "$number" ] || fail "the last write did not fail: $(cat trace)"

# The server's as well, among them its goodbye to a client that says nothing
number=0
while [ "$number" -lt 5 ]; do
  number=$((number + 1))
  start server env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -qq -o server.trace -e trace=sendto -e "inject=sendto:error=EAGAIN:when=$number" \
    chunk-serve --tls-cert server.pem --idle-timeout 0.3 tls:127.0.0.1:0
  run chunk-recv -v -c "$address" --tls-ca ca.pem -w 30
  expect_status 0
  if grep close_notify err; then fail "write $number: $(cat err)"; fi
  kill "$(pgrep -P "$pid")"
  finish "$pid"
  expect_status 0
done
[ "$(grep -c sendto server.trace)" -lt "$number" ] ||
  fail "the last write did not fail: $(cat server.trace)"
