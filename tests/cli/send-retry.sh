#!/bin/sh
# --retry waits until something listens, for at most the given time.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# later NAME TOOL ARGUMENT...: starts a tool, and once it tries again, the server at unix:NAME; then
# it ends well.
later() {
  name=$1
  shift
  "$@" -v --retry 30 -c "unix:$name" >late.out 2>late.err &
  late=$!
  own "$late"
  await late.err grep -qx "${1}: unix:$name: no such file or directory; trying again" late.err
  start server chunk-serve "unix:$name"
  server=$pid
}

later a chunk-send request:ECHO:hi
finish "$late"
expect_status 0
expect_file late.out ECHO:hi
[ "$(grep -c 'no such file or directory; trying again' late.err)" -eq 1 ] || fail "$(cat late.err)"

# A test, of which only the first connection is waited for
later b chunk-send test-case:one NOOP expect:NOOP test-case:two NOOP expect:NOOP
finish "$late"
expect_status 0
grep -qx 'chunk-send: 2 passed' late.err || fail "$(cat late.err)"

later c chunk-send --probe
finish "$late"
expect_status 0
expect_file late.out

# Those that only receive
for tool in chunk-recv chunk-dump; do
  later "$tool" "$tool"
  await late.err grep -q ' connected: ' late.err
  stop "$server"
  finish "$late"
  expect_status 0
done

# A socket file that is left over, until it is replaced
start server chunk-serve unix:stale
kill -KILL "$pid"
finish "$pid"
chunk-send -v --retry 30 -c unix:stale request:ECHO:hi >late.out 2>late.err &
late=$!
own "$late"
await late.err grep -qx 'chunk-send: unix:stale: connection refused; trying again' late.err
start server chunk-serve unix:stale
finish "$late"
expect_status 0
expect_file late.out ECHO:hi

# In vain
run chunk-send --retry 0.2 -c unix:none NOOP
expect_status 3
expect_err 'chunk-send: unix:none: no such file or directory'

# What will not pass by itself
: >file
run chunk-send -v --retry 30 -c unix:file/none NOOP
expect_status 3
expect_err 'chunk-send: unix:file/none: not a directory'

run chunk-send --retry 0 -c unix:none NOOP
expect_status 2
expect_err 'chunk-send: --retry: the number 0 is not above 0'
