#!/bin/sh
# chunk-send --probe exits with 0 after an answer, 3 if nothing listens, and 4 without an answer in time.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:live tcp:127.0.0.1:0
next_address
for where in unix:live "$address"; do
  for protocol in guess example none; do
    run chunk-send --probe -c "$where" -p "$protocol"
    expect_status 0
    expect_no_out
    expect_no_err
  done
done
run chunk-send --probe -v -c unix:live
expect_status 0
expect_no_out
sed -E 's/[0-9.]+ (s|ms|us|ns)$/TIME/' err >shape
expect_file shape 'chunk-send: unix:live: replied after TIME'
run chunk-send --probe -v -c unix:live -p none
sed -E 's/[0-9.]+ (s|ms|us|ns)$/TIME/' err >shape
expect_file shape 'chunk-send: unix:live: connected after TIME'

# Nobody
kill -KILL "$pid"
finish "$pid"
for where in unix:live "$address"; do
  run chunk-send --probe -c "$where"
  expect_status 3
  expect_no_out
  expect_err "chunk-send: $where: connection refused"
done

# Somebody who says nothing
start silent chunk-recv -l unix:silent -F none
run chunk-send --probe -w 0.3 -c unix:silent
expect_status 4
expect_no_out
expect_err 'chunk-send: unix:silent: no reply to NOOP within 300 ms'
finish "$pid"
start silent chunk-recv -l unix:silent -F none
run chunk-send --probe -w 0.3 -c unix:silent -p none
expect_status 0
finish "$pid"
printf '[ABCD]\nreply = ["ABCD"]\n' >other.toml
start silent chunk-recv -l unix:silent -F none
run chunk-send --probe -w 0.3 -c unix:silent -p ./other.toml
expect_status 0
finish "$pid"

# Somebody else
fake unix:hangs-up <<'END'
expect:NOOP
close
END
run chunk-send --probe -c unix:hangs-up
expect_status 3
expect_err 'chunk-send: unix:hangs-up: closed before the reply'
stop "$pid"
fake unix:odd <<'END'
expect:NOOP
ECHO:hm%1b
END
run chunk-send --probe -c unix:odd
expect_status 0
run chunk-send --probe -c unix:odd -p example
expect_status 1
expect_err 'chunk-send: unix:odd: the reply to NOOP is ECHO'
stop "$pid"
fake unix:cut <<'END'
expect:NOOP
ECHO,len=9:hm
close
END
run chunk-send --probe -c unix:cut
expect_status 5
expect_err 'chunk-send: unix:cut: truncated at byte 0x0: ECHO declares 9 bytes, 2 are there'

run chunk-send --probe
expect_status 2
expect_err 'chunk-send: --probe requires --connect' "Try 'chunk-send --help'."
run chunk-send --probe -c unix:cut NOOP
expect_status 2
