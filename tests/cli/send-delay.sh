#!/bin/sh
# chunk-send delay:SECONDS waits that long, after sending everything before it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo pipe
chunk-send NOOP delay:600 NOOP >pipe &
pid=$!
own "$pid"
exec 8<pipe
head -c 8 <&8 >first
expect_hex first 4e4f4f5000000000
kill -0 "$pid" || fail 'ended early'

before=$(date +%s%N)
run chunk-send ECHO:a delay:0.2 delay:0.1 ECHO:b
after=$(date +%s%N)
expect_status 0
expect_no_err
expect_hex out '4543484f01000000 61 4543484f01000000 62'
[ $((after - before)) -ge 300000000 ] || fail "took $((after - before)) ns"
