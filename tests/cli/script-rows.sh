#!/bin/sh
# for-each: uses steps and cases with each row of a file.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
cat >sums.csv <<'EOF'
a,b,sum
1,2,3.0
-1,"1",0.0
2,2,5.0
EOF
printf '{"text": "x: \\"y\\"", "n": 3}\n{"text": "%%{a}", "n": 1}\n' >texts.jsonl
cat >rows.script <<'EOF'
timeout:5
for-each:sums.csv
test-case:%{a} and %{b}
CMPU:OPER=+:OPND=%{a}:OPND=%{b}
expect:ANSR:VALU=%{sum}
run:test %{a} = %{a}
end
test-case:texts
for-each:texts.jsonl
repeat:%{n}
ECHO:%{text}
expect:ECHO:%{text}
end
run:printf %s %{text} >>texts
end
EOF
run timeout 20 chunk-send -c unix:server -f rows.script
expect_status 1
expect_report <<'EOF'
chunk-send: rows.script:5: expect:ANSR:VALU=%{sum}: subchunk VALU: the payload differs: byte 0 is 34, not 35
  case      3 2 and 2
  repeat    row 3 of 3, sums.csv:4
  peer      unix:server
  expected  expect:ANSR:VALU=%{sum}
  received  ANSR:STS%20=1:VALU=4.0  (at stream offset 0x0)
  differ    from byte 0 of 3 expected and 3 received, stream offset 0x19
  expected  00000000  35 2e 30                                           5.0
  received  00000000  34 2e 30                                           4.0
                      ^^                                                 ^
  before    rows.script:4: CMPU:OPER=+:OPND=%{a}:OPND=%{b}
  again     chunk-send -c unix:server -f rows.script --case 3
chunk-send: 3 passed, 1 failed
EOF
[ "$(cat texts)" = 'x: "y"%{a}' ] || fail "$(cat texts)"
run timeout 20 chunk-send -c unix:server -f rows.script --case '1 and 2'
expect_status 0
run timeout 20 chunk-send -c unix:server -f rows.script --case texts
expect_status 0

# Rows of rows, and a fake server with some
printf 'x\n1\n2\n' >x.csv
printf 'y\n%s\n"%s"\n' 'a' 'b
c' >y.csv
run timeout 20 chunk-send for-each:x.csv for-each:y.csv 'ECHO:%{x}%{y}' end end
expect_status 0
mv out nested
chunk-send ECHO:1a ECHO:1b%0ac ECHO:2a ECHO:2b%0ac >wanted
expect_same wanted nested
fake unix:fake <<'EOF'
for-each:y.csv
on:ASK1:%{y}
TELL:%{y}
end
end
EOF
run timeout 20 chunk-send -c unix:fake ASK1:b%0ac ASK1:a expect:TELL:b%0ac expect:TELL:a
expect_status 0
stop "$pid"
expect_status 0

# wrong REASON ROW...: of a file with these rows
wrong() {
  reason=$1
  shift
  printf '%s\n' "$@" >wrong
  run chunk-send -c unix:none for-each:wrong NOOP end
  expect_status 2
  expect_no_out
  expect_err "chunk-send: $reason" '  for-each:wrong' '           ^^^^^'
}
wrong 'wrong:3: 1 value, and there are 2 columns' a,b 1,2 3
wrong 'wrong:2: a quotation mark without its other one' a '"1' 2
wrong "wrong:1: '1a' is not a name of letters, digits, - and _ that begins with a letter" 1a 1
wrong 'wrong:1: has no rows' a
wrong 'wrong:2: not an object of JSON' '{"a":1}' '{"a":'
wrong 'wrong:2: has no "a"' '{"a":1}' '{"b":1}'
run chunk-send for-each:nowhere NOOP end
expect_status 6
expect_err 'chunk-send: nowhere: no such file or directory' '  for-each:nowhere' '           ^^^^^^^'
printf 'NOOP\nfor-each:x.csv\nrepeat:%%{x}a\nend\nend\n' >script
run chunk-send -f script
expect_status 2
expect_err "chunk-send: script:3: repeat: '1a' is not a whole number (row 1 of 2, x.csv:2)" '  repeat:%{x}a' \
  '         ^^^^^'
