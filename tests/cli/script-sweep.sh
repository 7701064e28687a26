#!/bin/sh
# chunk-send --split-sweep runs a case once for each place where its writes can be split, and reports
# the first place that makes it fail.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
run timeout 20 chunk-send -c unix:server --split-sweep ECHO:hello CMPU:OPER=+:OPND=3:OPND=4 \
  expect:ECHO:hello expect:ANSR:VALU=7.0 raw-send:NOOP%00%00 raw-send:%00%00 expect:NOOP
expect_status 0
expect_no_out
expect_err 'chunk-send: 1 passed'
stop "$pid"

# One run for the whole, and one for each place between two of its 17 bytes; each case for itself
fake unix:fake <<'EOF'
expect:ECHO:a
expect:NOOP
ECHO:reply
expect-close:eof
EOF
cat >script <<'EOF'
test-case:one
ECHO:a
NOOP
expect:ECHO:reply
test-case:left out
skip-if:true
test-case:two
raw-send:ECHO%01%00%00%00aNOOP%00%00%00%00
expect:ECHO:reply
EOF
run timeout 20 chunk-send -c unix:fake --split-sweep -f script
expect_status 0
expect_no_out
expect_err 'chunk-send: 2 passed, 1 skipped'
stop "$pid"
expect_status 0
[ "$(grep -c 'event=script-passed .* out=13$' fake.err)" -eq 34 ] || fail "$(cat fake.err)"

# A case that fails without a cut is told as ever, and is not swept.
fake unix:fake --verbose <<'EOF'
expect:ECHO:a
ECHO:reply
EOF
run timeout 20 chunk-send -c unix:fake --split-sweep ECHO:a expect:ECHO:a
expect_status 1
grep '^chunk-send:' err >lines
expect_file lines \
  'chunk-send: unix:fake: expect:ECHO:a: the payload differs: byte 0 is 72, not 61' \
  'chunk-send: 0 passed, 1 failed'
stop "$pid"
[ "$(grep -c event=accept fake.err)" -eq 1 ] || fail "$(cat fake.err)"

# This server takes four bytes that come alone for something else. Whether they do, the system has
# a say in; at the first try they nearly always do.
fake unix:fake --quiet <<'EOF'
expect-raw:ECHO
expect-nothing:0
expect-raw:%01%00%00%00a
ECHO:taken for something else
EOF
printf '%s\n' ECHO:a expect-close close >script
tries=100
while
  run timeout 20 chunk-send -c unix:fake --split-sweep -f script
  [ "$status" -eq 0 ]
do
  expect_err 'chunk-send: 1 passed'
  tries=$((tries - 1))
  [ "$tries" -gt 0 ] || fail 'no cut has made a difference'
done
expect_status 1
expect_no_out
expect_report <<'EOF'
chunk-send: script:2: expect-close: cut at byte 4 of 9: a chunk came, not the end of the connection
  peer      unix:fake
  expected  expect-close
  received  ECHO:taken for something else  (at stream offset 0x0)
  before    script:1: ECHO:a
chunk-send: 0 passed, 1 failed
EOF
