#!/bin/sh
# Only within: asserts times; each wait is limited by --timeout or by the script.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server

# within: a step that is too early or too late, and one that is not
run chunk-send -c unix:server within:0-1000 DLAY:NTVL=0 within:0.001-1000 delay:0.01 expect:NOOP
expect_status 0
expect_no_out
expect_err 'chunk-send: 1 passed'
run chunk-send -c unix:server NOOP within:1000-2000 expect:NOOP
expect_status 1
expect_no_out
expect_report <<'EOF'
chunk-send: unix:server: expect:NOOP: took TIME, less than 1000 s
  peer      unix:server
  before    argument 1: NOOP
            argument 2: within:1000-2000
chunk-send: 0 passed, 1 failed
EOF
run chunk-send -c unix:server DLAY:NTVL=50 within:0-0.01 expect:NOOP
expect_status 4
expect_no_out
expect_report <<'EOF'
chunk-send: unix:server: expect:NOOP: no reply within 10 ms
  peer      unix:server
  expected  expect:NOOP
  received  nothing
  before    argument 1: DLAY:NTVL=50
            argument 2: within:0-0.01
chunk-send: 0 passed, 1 failed
EOF
run chunk-send -c unix:server within:0-0.001 delay:0.01 NOOP
expect_status 4
expect_no_out
expect_report <<'EOF'
chunk-send: delay:0.01: took TIME, more than 1 ms
  before    argument 1: within:0-0.001
chunk-send: 0 passed, 1 failed
EOF

# timeout: of the steps from there on, in the preparation for all cases
run timeout 20 chunk-send -c unix:server --timeout 1000 timeout:0.1 DLAY:NTVL=50 expect:NOOP
expect_status 4
expect_report <<'EOF'
chunk-send: unix:server: expect:NOOP: no reply within 100 ms
  peer      unix:server
  expected  expect:NOOP
  received  nothing
  before    argument 1: timeout:0.1
            argument 2: DLAY:NTVL=50
chunk-send: 0 passed, 1 failed
EOF
printf '%s\n' timeout:0.1 test-case:one DLAY:NTVL=50 timeout:0.2 expect:NOOP test-case:two \
  DLAY:NTVL=50 expect:NOOP >script
run timeout 20 chunk-send -c unix:server --timeout 1000 -f script
expect_status 4
grep '^chunk-send:' err >lines
expect_file lines 'chunk-send: script:5: expect:NOOP: no reply within 200 ms' \
  'chunk-send: script:8: expect:NOOP: no reply within 100 ms' 'chunk-send: 0 passed, 2 failed'

# A peer that never answers, whatever is waited for
for step in expect:NOOP expect-raw:abc expect-close request:NOOP raw-receive:3; do
  run timeout 20 chunk-send -c unix:server --timeout 0.1 --tap DLAY:NTVL=50 "$step"
  expect_status 4
  expect_no_err
done
# One that does not read either
fake unix:fake <<'EOF'
expect:ECHO
delay:50
EOF
run timeout 20 chunk-send -c unix:fake --timeout 0.1 ECHO repeat:100 ECHO,fill=1000000:x end \
  expect:ECHO
expect_status 4

# Pieces of what is written, with pauses, change nothing of it.
run timeout 20 chunk-send -c unix:server slice:1,0.0001 ECHO:a expect:ECHO:a slice:3,0 \
  ECHO:bcdefgh NOOP expect:ECHO:bcdefgh expect:NOOP slice:1000 ECHO,fill=60000:xy \
  expect:ECHO,fill=60000:xy slice:0 ECHO,fill=60000:z expect:ECHO,fill=60000:z
expect_status 0
expect_no_out
expect_err 'chunk-send: 1 passed'
fake unix:slow <<'EOF'
expect:ECHO:hello
slice:2,0.0001
ECHO:world
delay:0.001
NOOP
expect-close
EOF
run timeout 20 chunk-send -c unix:slow ECHO:hello expect:ECHO:world expect:NOOP
expect_status 0
expect_err 'chunk-send: 1 passed'

# The time that the pieces take is not the peer's.
run timeout 20 chunk-send -c unix:server -w 1 slice:1,0.1 ECHO:12345 expect:ECHO:12345
expect_status 0
expect_err 'chunk-send: 1 passed'

# A chunk that is too long to be gathered is bounded as well.
run timeout 20 chunk-send -c unix:server within:0-20 ECHO,fill=65535:x expect:ECHO,fill=65535:x
expect_status 0
expect_err 'chunk-send: 1 passed'
