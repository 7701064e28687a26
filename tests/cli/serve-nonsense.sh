#!/bin/sh
# Nonsense is answered or refused at once, and the server continues.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve --max-chunk 1M unix:server

# refused ACTION...: nothing is answered, and the connection is closed.
refused() {
  run chunk-send -c unix:server -w 5 "$@" expect-close
  expect_status 0
}

for seconds in inf nan -1 1e308 61 1e-400x ''; do refused "DLAY:NTVL=$seconds"; done
refused DLAY
refused DLAY:NTVL=0:NTVL=0
refused CMPU:OPND=1:OPND=2
refused CMPU:OPER=+:OPER=+
refused CMPU:OPER=+:WHAT=1
refused CMPU:OPER=-:OPND=1
refused 'raw-send:CMPU%09%00%00%00OPER%09%00%00%00+'
refused 'raw-send:CMPU%03%00%00%00OPE'

run chunk-send -c unix:server -w 5 requestd:CMPU:OPER=**:OPND=10:OPND=400
expect_status 0
expect_out 'ANSR:STS%20=0'
run chunk-send -c unix:server -w 5 requestd:CMPU:OPER=**:OPND=1e308:OPND=1e308
expect_out 'ANSR:STS%20=0'

# 65,000 empty subchunks
number=0
{
  printf 'CMPU'
  printf '\350\356\007\000' # 65,005 headers are 520,040 bytes
  while [ "$number" -lt 65005 ]; do
    number=$((number + 1))
    printf 'OPND\0\0\0\0'
  done
} >many
run chunk-send -c unix:server -w 5 --max-chunk 1M <many
expect_status 0
expect_no_out
chunk-send -c unix:server -w 5 --max-chunk 1M <many >out 2>err

run chunk-send -c unix:server request:NOOP
expect_status 0
expect_out NOOP
