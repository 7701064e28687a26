#!/bin/sh
# chunk-send --trace shows the chunks in both directions, one per line, with times.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# trace_of FILE: it without the times, which do not run backwards
trace_of() {
  sed -nE 's/^ *([0-9]+\.[0-9]{6}) .*/\1/p' "$1" >moments
  sort -n moments | cmp - moments >&2 || fail "$(cat "$1")"
  sed -E 's/^ *[0-9]+\.[0-9]{6} /TIME /' "$1"
}

start server chunk-serve unix:server tcp:127.0.0.1:0
next_address
cat >script <<EOF
ECHO:a%1b
CMPU:OPER=+:OPND=3:OPND=4
expect:ECHO
expect:ANSR
b> connect:$address
b> ECHO,fill=1000:xy
b> expect:ECHO
b> shutdown
b> expect-close
raw-send:NOOP%00%00%00%00%ff
expect-raw:NOOP
expect-raw:%00%00%00%00
close
connect
ECHO,len=5:abc
EOF
run timeout 20 chunk-send -c unix:server -f script --trace
expect_status 0
expect_no_out
expect_plain err
trace_of err | sed 's/\(tcp:[^ ]*\):[0-9]*/\1:PORT/' >trace
long=$(printf '%.0sxy' $(seq 64))
expect_file trace 'TIME = connected to unix:server' 'TIME > ECHO:a%1b' \
  'TIME > CMPU:OPER=+:OPND=3:OPND=4' 'TIME < ECHO:a%1b' 'TIME < ANSR:STS%20=1:VALU=7.0' \
  'TIME b= connected to tcp:127.0.0.1:PORT' "TIME b> ECHO:$long... (1000 bytes)" \
  "TIME b< ECHO:$long... (1000 bytes)" 'TIME b= b> shutdown' 'TIME b= ended by the peer' \
  'TIME > raw-send:NOOP%00%00%00%00%ff' 'TIME < raw: NOOP' 'TIME < raw: %00%00%00%00' \
  'TIME = close' 'TIME = connected to unix:server' 'TIME > ECHO,len=5:abc' 'chunk-send: 1 passed'

# Not only of tests
run timeout 20 chunk-send -c unix:server request:ECHO:a NOOP --trace
expect_status 0
trace_of err >trace
expect_file trace 'TIME > ECHO:a' 'TIME < ECHO:a' 'TIME > NOOP' 'TIME < NOOP'
