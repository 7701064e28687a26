#!/bin/sh
# A script uses any number of named connections: it opens and ends them, and waits for their ends.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# passes N OPTION...: the N cases of the script on standard input succeed
passes() {
  count=$1
  shift
  cat >script
  run timeout 20 chunk-send -f script "$@"
  expect_status 0
  expect_no_out
  expect_err "chunk-send: $count passed"
}

start server chunk-serve unix:server tcp:127.0.0.1:0
next_address
TCP=$address
export TCP

# Each has replies of its own.
passes 1 -c unix:server <<'EOF'
b> connect:%{env:TCP}
c> connect:unix:server
ECHO:a
b> ECHO:b
c> ECHO:c
c> expect:ECHO:c
b> expect:ECHO:b
expect:ECHO:a
b> close
c> shutdown
c> expect-close:eof
b> connect
b> ECHO:again
b> expect:ECHO:again
connect
ECHO:again
expect:ECHO:again
close
NOOP
expect:NOOP
EOF

# The first connection goes where a step says, in what prepares the cases as well.
passes 2 <<'EOF'
connect:unix:server
test-case:one
ECHO:one
expect:ECHO:one
close
test-case:two
ECHO:two
expect:ECHO:two
shutdown:write
expect-close
EOF
stop "$pid"

# How a peer ends its stream
fake tcp:127.0.0.1:0 <<'EOF'
expect:ECHO:~^(reset|shut|quiet)$
expect-nothing:0.01
reset
EOF
passes 1 -c "$address" <<'EOF'
ECHO:reset
expect-close:reset
EOF
passes 1 -c "$address" <<'EOF'
ECHO:reset
expect-close
EOF
stop "$pid"
expect_status 0

fake unix:fake <<'EOF'
expect:ECHO
ECHO:one
shutdown
expect-close:eof
EOF
passes 1 -c unix:fake <<'EOF'
ECHO
expect:ECHO:one
expect-close:eof
EOF
run chunk-send -c unix:fake ECHO expect-close:eof
expect_status 1
expect_report <<'EOF'
chunk-send: unix:fake: expect-close:eof: a chunk came, not the end of the connection
  peer      unix:fake
  expected  expect-close:eof
  received  ECHO:one  (at stream offset 0x0)
  before    argument 1: ECHO
chunk-send: 0 passed, 1 failed
EOF
run chunk-send -c unix:fake ECHO expect:ECHO expect-close:reset
expect_status 1
expect_report <<'EOF'
chunk-send: unix:fake: expect-close:reset: the connection was ended, not reset
  peer      unix:fake
  before    argument 1: ECHO
            argument 2: expect:ECHO
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

# Silence, and what breaks it
fake unix:fake <<'EOF'
expect:ECHO
ECHO:one
ECHO:two
expect-close
EOF
passes 1 -c unix:fake <<'EOF'
ECHO
expect:ECHO:one
expect:ECHO:two
expect-nothing:0.05
EOF
run chunk-send -c unix:fake ECHO expect:ECHO:one expect-nothing:5
expect_status 1
expect_report <<'EOF'
chunk-send: unix:fake: expect-nothing:5: something came
  peer      unix:fake
  expected  nothing
  received  ECHO:two  (at stream offset 0xb)
  before    argument 1: ECHO
            argument 2: expect:ECHO:one
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"
fake unix:fake <<'EOF'
expect:ECHO
EOF
run chunk-send -c unix:fake ECHO expect-nothing:5
expect_status 1
expect_report <<'EOF'
chunk-send: unix:fake: expect-nothing:5: the peer ended the connection
  peer      unix:fake
  before    argument 1: ECHO
chunk-send: 0 passed, 1 failed
EOF

# A connection that is closed
run chunk-send -c unix:fake 'b> connect:unix:fake' 'b> close' 'b> NOOP' expect-close
expect_status 3
expect_report <<'EOF'
chunk-send: b> NOOP: the connection is closed
  before    argument 1: b> connect:unix:fake
            argument 2: b> close
chunk-send: 0 passed, 1 failed
EOF
run chunk-send -c unix:fake 'b> connect:unix:fake' 'b> ECHO' 'b> expect:ECHO'
expect_status 3
expect_report <<'EOF'
chunk-send: b, unix:fake: b> expect:ECHO: closed before the reply
  peer      b, unix:fake
  expected  b> expect:ECHO
  received  the end of the connection
  before    argument 1: b> connect:unix:fake
            argument 2: b> ECHO
chunk-send: 0 passed, 1 failed
EOF
stop "$pid"

# The cases of one that listens take a client each.
cat >script <<'EOF'
test-case:one
expect:ECHO:one
ECHO:a
test-case:two
expect:ECHO:two
ECHO:b
EOF
start listener timeout 20 chunk-send -l unix:listener -f script
for each in one two; do
  run chunk-send -c "$address" "request:ECHO:$each"
  expect_status 0
  case $each in one) expect_out ECHO:a ;; two) expect_out ECHO:b ;; esac
done
finish "$pid"
expect_status 0
expect_file listener.out
expect_file listener.err 'chunk-send: 2 passed'
[ ! -e listener ] || fail 'the socket file is still there'
