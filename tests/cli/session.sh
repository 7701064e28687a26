#!/bin/sh
# A session performs lines one by one, also those of a program, and can be saved as a test.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server

# hold LINE...: a session with these lines
hold() {
  printf '%s\n' "$@" >lines
  run chunk-send -i -c unix:server <lines
}

hold ECHO:a '# a comment' '' request:ECHO:b
expect_status 0
expect_out ECHO:a ECHO:b
expect_no_err

# Names and blocks go on from line to line, and containers are decoded.
hold request:CMPU:OPER=+:OPND=3:OPND=4 'expect:ANSR:VALU={sum}' 'let:word=is' repeat:2 \
  'request:ECHO:%{sum} %{word}' end
expect_status 0
expect_out ANSR:STS%20=1:VALU=7.0 'ECHO:7.0 is' 'ECHO:7.0 is'
expect_no_err

# A mistake and a failure cost one line each, and the first gives the status.
hold ECH:a request:ECHO:b expect:ECHO:c request:ECHO:d
expect_status 2
expect_out ECHO:b ECHO:d
expect_err "chunk-send: 'ECH' is not an ID of four bytes" '  ECH:a' '  ^^^' \
  'chunk-send: unix:server: expect:ECHO:c: the payload differs: byte 0 is 62, not 63' \
  '  peer      unix:server' '  expected  expect:ECHO:c' '  received  ECHO:b  (at stream offset 0x0)' \
  '  differ    from byte 0 of 1 expected and 1 received, stream offset 0x8' \
  '  expected  00000000  63                                                 c' \
  '  received  00000000  62                                                 b' \
  '                      ^^                                                 ^'
hold request:ECHO:b expect:ECHO:c
expect_status 1
hold 'let:x=1' 'ECHO:%{y}'
expect_status 2
hold repeat:2 ECHO:a
expect_status 2
expect_no_out
expect_err "chunk-send: repeat:2 has no end"
hold test-case:x
expect_status 2
expect_err 'chunk-send: test-case: a session is one case; put it into a file for source'
hold help: 'help exp'
grep -q '^expect:ID\[:contents\]  *Fail unless' out || fail "no help: $(cat out)"
hold save
expect_status 2
expect_err 'chunk-send: save: needs FILE'

hold 'save .'
expect_status 6
expect_err 'chunk-send: save: .: a directory; name a file in it'
echo NOOP >lines
run timeout 20 chunk-send -i -w 0.3 -l unix:listener <lines
expect_status 4
expect_err 'chunk-send: NOOP: unix:listener: no client within 300 ms'

# What is saved is a test: it passes, and fails against another server.
hold request:ECHO:a request:CMPU:OPER=+:OPND=1:OPND=2 'expect:ANSR:VALU={sum}' 'ECHO:%{sum}' \
  expect:ECHO:x request:NOOP 'save talk.script' 'save talk.script'
expect_status 1
run chunk-send -i -c unix:server <<END
save talk.script
END
expect_status 6
expect_err 'chunk-send: ./talk.script: file exists'
grep -v '^#' talk.script >actions
expect_file actions request:ECHO:a expect:ECHO:a request:CMPU:OPER=+:OPND=1:OPND=2 \
  'expect:ANSR:VALU={sum}' 'ECHO:%{sum}' expect:ECHO:3.0 request:NOOP expect:NOOP:
grep -qxF '# failed: expect:ECHO:x' talk.script || fail "no failure in $(cat talk.script)"
run chunk-send -c unix:server -f talk.script
expect_status 0
expect_err 'chunk-send: 1 passed'

# A file is performed as if it were typed, with its cases.
printf '%s\n' test-case:one request:ECHO:1 test-case:two request:ECHO:2 expect:ECHO:2 >cases.script
hold 'source cases.script' 'save cases.saved' 'source none.script'
expect_status 6
expect_out ECHO:1 ECHO:2
expect_err 'chunk-send: none.script: no such file or directory'
run chunk-send -c unix:server -f cases.saved
expect_status 0

# Long replies and incomplete lines come through as well.
hold ECHO,fill=60000:x
expect_status 0
[ "$(wc -c <out)" -eq 60006 ] || fail "$(wc -c <out) bytes came"
printf 'request:ECHO:end' >lines
run chunk-send -i -c unix:server <lines
expect_status 0
expect_out ECHO:end

run chunk-send -i
expect_status 2
run chunk-send -i -c unix:server ECHO:a
expect_status 2
run chunk-send -i -c unix:nobody
expect_status 3
stop "$pid"
