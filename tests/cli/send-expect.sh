#!/bin/sh
# chunk-send expect compares the next reply with the expected one; status 1 if it differs.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for kind in unix:server tcp:127.0.0.1:0; do
  start server chunk-serve "$kind"

  # Any contents, exact ones, none, a container's, those of a file, and repeated ones.
  printf 'from a file' >contents
  run chunk-send -c "$address" ECHO:hi%25 expect:ECHO ECHO:hi%25 expect:ECHO:hi%25 NOOP expect:NOOP: \
    CMPU:OPER=+:OPND=3:OPND=4 expect:ANSR:STS%20=1:VALU=7.0 ECHO:@contents expect:ECHO:@contents \
    ECHO,fill=65535:ab expect:ECHO,fill=65535:ab
  expect_status 0
  expect_no_out
  expect_err 'chunk-send: 1 passed'

  # What no action takes is a remark; request and expect take turns.
  run chunk-send -c "$address" ECHO:1 ECHO:2 expect:ECHO:1 request:ECHO:3 ECHO:4
  expect_status 0
  expect_err "chunk-send: $address: 2 replies that no step examined: ECHO:3, ECHO:4" \
    'chunk-send: 1 passed'
  expect_out ECHO:2

  printf 'ECHO:a\nexpect:ECHO:a\nNOOP\nexpect:ECHO\nECHO:never sent\n' >script
  run chunk-send -c "$address" -f script
  expect_status 1
  expect_no_out
  peer=$(echo "$address" | sed 's/:[0-9]*$/:PORT/')
  expect_report <<EOF
chunk-send: script:4: expect:ECHO: the ID is NOOP, not ECHO
  peer      $peer
  expected  expect:ECHO
  received  NOOP  (at stream offset 0x9)
  before    script:1: ECHO:a
            script:2: expect:ECHO:a
            script:3: NOOP
chunk-send: 0 passed, 1 failed
EOF
  stop "$pid"
done

# differs REASON REQUEST EXPECTED RECEIVED ROW...: the report has these rows in its middle
differs() {
  reason=$1
  sent=$2
  expected=$3
  received=$4
  shift 4
  run chunk-send -c "$address" "$sent" "expect:$expected"
  expect_status 1
  expect_no_out
  {
    echo "chunk-send: $address: expect:$expected: $reason"
    echo "  peer      $address"
    echo "  expected  expect:$expected"
    echo "  received  $received  (at stream offset 0x0)"
    if [ $# -gt 0 ]; then printf '  %s\n' "$@"; fi
    echo "  before    argument 1: $sent"
    echo 'chunk-send: 0 passed, 1 failed'
  } >wished
  expect_report <wished
}

start server chunk-serve unix:server
differs 'the payload differs: byte 1 is 6f, not 69' ECHO:ho ECHO:hi ECHO:ho \
  'differ    from byte 1 of 2 expected and 2 received, stream offset 0x9' \
  'expected  00000000  68 69                                              hi' \
  'received  00000000  68 6f                                              ho' \
  '                       ^^                                               ^'
differs 'the payload has 3 bytes, not 2' ECHO:hi! ECHO:hi ECHO:hi! \
  'differ    from byte 2 of 2 expected and 3 received, stream offset 0xa' \
  'expected  00000000  68 69                                              hi' \
  'received  00000000  68 69 21                                           hi!' \
  '                          ^^                                             ^'
differs 'the payload has 2 bytes, not 3' ECHO:hi ECHO:hi! ECHO:hi \
  'differ    from byte 2 of 3 expected and 2 received, stream offset 0xa' \
  'expected  00000000  68 69 21                                           hi!' \
  'received  00000000  68 69                                              hi' \
  '                          ^^                                             ^'
differs 'the payload has 1 byte, not 0' ECHO:x ECHO: ECHO:x \
  'differ    from byte 0 of 0 expected and 1 received, stream offset 0x8' \
  'expected  00000000  ' \
  'received  00000000  78                                                 x' \
  '                    ^^                                                 ^'
differs 'the payload has 0 bytes, not 1' ECHO ECHO:x ECHO \
  'differ    from byte 0 of 1 expected and 0 received, stream offset 0x8' \
  'expected  00000000  78                                                 x' \
  'received  00000000  ' \
  '                    ^^                                                 ^'
differs 'the ID is ECHO, not NOOP' ECHO NOOP: ECHO
differs 'the ID is ECHO, not NOOP' ECHO:%1b[2J NOOP ECHO:%1b[2J

# Of long contents, the part around the difference is shown.
digits=0123456789
digits=$digits$digits$digits$digits$digits$digits$digits
differs 'the payload differs: byte 70 is 78, not 79' "ECHO:${digits}x" "ECHO:${digits}y" \
  "ECHO:${digits}x" 'differ    from byte 70 of 71 expected and 71 received, stream offset 0x4e' \
  '          00000030  38 39 30 31 32 33 34 35  36 37 38 39 30 31 32 33   8901234567890123' \
  'expected  00000040  34 35 36 37 38 39 79                               456789y' \
  'received  00000040  34 35 36 37 38 39 78                               456789x' \
  '                                      ^^                                     ^'
differs 'the payload has 65534 bytes, not 65535' ECHO,fill=65534:ab ECHO,fill=65535:ab \
  "ECHO:$(printf '%.0sab' $(seq 64))... (65534 bytes)" \
  'differ    from byte 65534 of 65535 expected and 65534 received, stream offset 0x10006' \
  '          0000ffe0  61 62 61 62 61 62 61 62  61 62 61 62 61 62 61 62   abababababababab' \
  'expected  0000fff0  61 62 61 62 61 62 61 62  61 62 61 62 61 62 61      abababababababa' \
  'received  0000fff0  61 62 61 62 61 62 61 62  61 62 61 62 61 62         ababababababab' \
  '                                                               ^^                    ^'

run chunk-send -c "$address" -w 0.2 expect:ECHO:late
expect_status 4
expect_no_out
expect_report <<'EOF'
chunk-send: unix:server: expect:ECHO:late: no reply within 200 ms
  peer      unix:server
  expected  expect:ECHO:late
  received  nothing
chunk-send: 0 passed, 1 failed
EOF

run chunk-send -c "$address" ECHO:a expect:ECHO:a WHAT expect:WHAT
expect_status 3
expect_no_out
expect_report <<'EOF'
chunk-send: unix:server: expect:WHAT: closed before the reply
  peer      unix:server
  expected  expect:WHAT
  received  the end of the connection
  before    argument 1: ECHO:a
            argument 2: expect:ECHO:a
            argument 3: WHAT
chunk-send: 0 passed, 1 failed
EOF

# Many subchunks in any order take little time, and not more than the step has. The reply is there
# already when expect begins.
awk 'BEGIN {
  printf "request:ECHO:OPND=x"; for (i = 0; i < 4000; i++) printf ":OPND=%d", i
  printf "\nexpect:ECHO"; for (i = 0; i < 4000; i++) printf ":OPND=~."; print ":OPND=x"
}' >script
run chunk-send -c "$address" -f script
expect_status 0
expect_err 'chunk-send: 1 passed'
awk 'BEGIN {
  printf "request:ECHO:OPND=0"; for (i = 1; i < 4000; i++) printf ":OPND=%d", i
  printf "\ntimeout:0.001\nexpect:ECHO"
  for (i = 0; i < 1000; i++) printf ":OPND=~never%d", i
  print ""
}' >script
run chunk-send -c "$address" -f script
expect_status 4
head -n 1 err | sed 's/expect:.*: the/expect: the/' >out
expect_out 'chunk-send: script:3: expect: the reply was not compared within 1 ms'
