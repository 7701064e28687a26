#!/bin/sh
# A failed test of chunk-send reports where, why and what was received, and its status tells the kind.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A wrong byte
fake unix:fake <<'EOF'
expect:ECHO:hi
ECHO:ho
expect-close
EOF
printf '# a test\nECHO:hi\nexpect:ECHO:hi\nECHO:not sent\n' >script
run chunk-send -c unix:fake -f script
expect_status 1
expect_no_out
expect_report <<'EOF'
chunk-send: script:3: expect:ECHO:hi: the payload differs: byte 1 is 6f, not 69
  peer      unix:fake
  expected  expect:ECHO:hi
  received  ECHO:ho  (at stream offset 0x0)
  differ    from byte 1 of 2 expected and 2 received, stream offset 0x9
  expected  00000000  68 69                                              hi
  received  00000000  68 6f                                              ho
                         ^^                                               ^
  before    script:2: ECHO:hi
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"
expect_status 0

# A reply that does not come. What there is of it came together with the one before.
fake unix:fake <<'EOF'
expect:ECHO:hi
ECHO:ho
raw-send:ECHO%00%00%00
expect-close
EOF
run timeout 20 chunk-send -c unix:fake -w 0.3 ECHO:hi expect:ECHO expect:ECHO:x
expect_status 4
expect_no_out
expect_report <<'EOF'
chunk-send: unix:fake: expect:ECHO:x: no reply within 300 ms
  peer      unix:fake
  expected  expect:ECHO:x
  received  7 of 8 header bytes: 45 43 48 4f 00 00 00  (at stream offset 0xa)
  before    argument 1: ECHO:hi
            argument 2: expect:ECHO
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

# One that is cut: within the payload, and within the header
fake unix:fake <<'EOF'
expect:ECHO:hi
ECHO,len=4:a
EOF
run chunk-send -c unix:fake ECHO:hi expect:ECHO
expect_status 5
expect_no_out
expect_report <<'EOF'
chunk-send: unix:fake: expect:ECHO: truncated at byte 0x0: ECHO declares 4 bytes, 1 are there
  peer      unix:fake
  expected  expect:ECHO
  received  ECHO, 1 of 4 payload bytes: a
  before    argument 1: ECHO:hi
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

# One too many
fake unix:fake <<'EOF'
expect:ECHO:hi
ECHO:hi
ECHO:again
EOF
run chunk-send -c unix:fake ECHO:hi expect:ECHO:hi
expect_status 0
expect_no_out
expect_err 'chunk-send: unix:fake: a reply that no step examined: ECHO:again' 'chunk-send: 1 passed'
run chunk-send -c unix:fake --strict ECHO:hi expect:ECHO:hi
expect_status 1
expect_no_out
expect_report <<'EOF'
chunk-send: at the end: unix:fake: a reply that no step examined: ECHO:again
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

# An orderly end, and a reset
fake unix:fake <<'EOF'
expect:ECHO:hi
EOF
run chunk-send -c unix:fake ECHO:hi expect:ECHO
expect_status 3
expect_no_out
expect_report <<'EOF'
chunk-send: unix:fake: expect:ECHO: closed before the reply
  peer      unix:fake
  expected  expect:ECHO
  received  the end of the connection
  before    argument 1: ECHO:hi
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

fake tcp:127.0.0.1:0 <<'EOF'
expect:ECHO:hi
reset
EOF
printf 'ECHO:hi\nexpect:ECHO\n' >script
run chunk-send -c "$address" -f script
expect_status 3
expect_no_out
expect_report <<'EOF'
chunk-send: script:2: expect:ECHO: connection reset by peer
  peer      tcp:127.0.0.1:PORT
  before    script:1: ECHO:hi
chunk-send: 0 passed, 1 failed
EOF
printf 'ECHO:hi\nexpect-close:eof\n' >script
run chunk-send -c "$address" -f script
expect_status 1
expect_no_out
expect_report <<'EOF'
chunk-send: script:2: expect-close:eof: the connection was reset, not ended: connection reset by peer
  peer      tcp:127.0.0.1:PORT
  before    script:1: ECHO:hi
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

# Nobody listens there any more.
run chunk-send -c "$address" -f script
expect_status 3
expect_no_out
expect_report <<'EOF'
chunk-send: script:1: ECHO:hi: tcp:127.0.0.1:PORT: connection refused
chunk-send: 0 passed, 1 failed
EOF

# A mistake in line 7: nothing is sent, and nobody connects.
fake unix:fake --verbose <<'EOF'
expect:ECHO:hi
EOF
printf 'ECHO:hi\nexpect:ECHO\n\nECHO:1\nECHO:2\nECHO:3\nECHO:%%zz\nECHO:4\n' >script
run chunk-send -c unix:fake -f script
expect_status 2
expect_no_out
expect_err "chunk-send: script:7: '%zz': % needs two hexadecimal digits" '  ECHO:%zz' '       ^^^'
stop "$pid"
expect_status 0
log_of fake.err >log
expect_file log 'time=T level=info event=listening local=unix:fake' \
  'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped failed=0'

# What the system lacks is told at once, and not taken for a peer that does not answer.
strace -o /dev/null true 2>/dev/null || exit 0
start lacking chunk-serve -q tcp:127.0.0.1:0
for problem in ENOBUFS:'no buffer space available' ENOMEM:'cannot allocate memory'; do
  for actions in 'request:NOOP' 'NOOP expect:NOOP' 'NOOP'; do
    # shellcheck disable=SC2086 # several actions
    run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" timeout 20 \
      strace -qq -o trace -e trace=sendto -e "inject=sendto:error=${problem%%:*}" \
      chunk-send -w 60 -c "$address" $actions
    expect_status 3
    grep -q "^chunk-send: .*: ${problem#*:}\$" err || fail "$ran: $(cat err)"
  done
done
