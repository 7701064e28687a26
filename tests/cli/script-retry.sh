#!/bin/sh
# retry: repeats a block until it passes, and until: takes replies up to the one that matches.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server

# The server is new to each connection, and the block makes one for each attempt.
cat >attempts <<'EOF'
retry:4,0.01
connect:unix:server
within:0-5
ECHO:x
run:echo >>tried; test $(wc -l <tried) -ge 3
expect:ECHO:x
end
NOOP
expect:NOOP
EOF
run timeout 20 chunk-send -f attempts
expect_status 0
expect_err 'chunk-send: 1 passed'
[ "$(wc -l <tried)" -eq 3 ] || fail "$(wc -l <tried) attempts"

# Without a connection of its own it goes on with what there is. The last failure is told.
run timeout 20 chunk-send -c unix:server let:n=1 retry:3,0.01 repeat:2 ECHO:a expect:ECHO:a end \
  ECHO:b expect:ECHO:c end ECHO:never
expect_status 1
expect_report <<'EOF'
chunk-send: unix:server: expect:ECHO:c: the payload differs: byte 0 is 62, not 63
  repeat    attempt 3 of 3
  peer      unix:server
  expected  expect:ECHO:c
  received  ECHO:b  (at stream offset 0x48)
  differ    from byte 0 of 1 expected and 1 received, stream offset 0x50
  expected  00000000  63                                                 c
  received  00000000  62                                                 b
                      ^^                                                 ^
  before    argument 4: ECHO:a
            argument 5: expect:ECHO:a
            argument 4: ECHO:a
            argument 5: expect:ECHO:a
            argument 7: ECHO:b
chunk-send: 0 passed, 1 failed
EOF

# A server that comes up late, and one that stays away
printf 'retry:3,0.01\nconnect:unix:nowhere\nend\n' >absent
run timeout 20 chunk-send -f absent
expect_status 3
expect_report <<'EOF'
chunk-send: absent:2: connect:unix:nowhere: unix:nowhere: no such file or directory
  repeat    attempt 3 of 3
  before    absent:2: connect:unix:nowhere
            absent:2: connect:unix:nowhere
chunk-send: 0 passed, 1 failed
EOF
# The pauses are there, and a time that was over is forgotten.
run timeout 20 chunk-send -c unix:server within:0.2-10 'run:true' || :
expect_status 1
run timeout 20 chunk-send -c unix:server retry:2,0.2 within:0-0.05 'run:test -e done || { touch done; exit 1; }' end
expect_status 0
# Of blocks in each other, the inner one fails first.
run timeout 20 chunk-send -c unix:server retry:2 'run:echo o >>order' retry:2 'run:echo i >>order' 'run:false' end end
expect_status 1
expect_file order o i i o i i
# A case that is skipped is not tried again, nor is one whose output fails.
run timeout 20 chunk-send -c unix:server retry:5,1 'skip-if:echo >>skips' end
expect_status 77
[ "$(wc -l <skips)" -eq 1 ] || fail 'skipped several times'

# --- until ---

run timeout 20 chunk-send -c unix:server ECHO:a ECHO:b CMPU:OPER=+:OPND=1:OPND=1 ECHO:c \
  'until:ANSR:VALU={sum}' expect:ECHO:c 'ECHO:%{sum}' until:ECHO:2.0
expect_status 0
run timeout 20 chunk-send -c unix:server request:ECHO:a request:NOOP ECHO:b until:NOOP expect:ECHO:b
expect_status 0
run timeout 20 chunk-send -c unix:server repeat:6 ECHO:a end NOOP raw-send:WHAT%00%00%00%00 until:ANSR
expect_status 3
report_of err >report
grep -qx '  received  7 replies, the last ones ECHO, ECHO, ECHO, ECHO, NOOP, then the end of the connection' report ||
  fail "$(cat err)"
run timeout 20 chunk-send -w 0.2 -c unix:server ECHO:a until:NOOP
expect_status 4
grep -qx '  received  ECHO, then nothing' err || fail "$(cat err)"
# A peer that never pauses does not extend the time.
start flood chunk-send -l unix:flood 'on:NOOP' repeat:100000000 ECHO:x end end
flood=$pid
run timeout 20 chunk-send -w 0.3 -c unix:flood NOOP until:NOOP
expect_status 4
grep -q 'until:NOOP: no reply within 300 ms' err || fail "$(cat err)"
# The peer has noticed that nobody is there, and ends.
gone "$flood"
