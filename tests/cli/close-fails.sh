#!/bin/sh
# What only closing a file tells, on a network file system with a quota, is a failure as well; a file
# does not appear under its name then.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO:a NOOP >stream

# faulty COMMAND...: closing a file that was written to fails
faulty() {
  ran=$*
  status=0
  env CHUNK_FAULTS=close LD_PRELOAD="$CHUNK_FAULTS_MODULE" "$@" >out 2>err || status=$?
}

for command in 'chunk-send NOOP' 'chunk-recv' 'chunk-recv -F text' 'chunk-recv --exec cat' 'chunk-dump' \
  'chunk-dump --check' 'chunk-serve -q -' 'chunk-send --help' 'chunk-send --tap -c unix:server NOOP expect:NOOP'; do
  [ -S server ] || start server chunk-serve unix:server
  # shellcheck disable=SC2086 # a command with its arguments
  faulty $command <stream
  expect_status 6
  expect_err "${command%% *}: standard output: disk quota exceeded"
done

mkdir parts
faulty chunk-recv --split 'parts/{index}' <stream
expect_status 6
expect_err 'chunk-recv: parts/0: disk quota exceeded'
[ -z "$(ls -A parts)" ] || fail "$(ls -A parts)"

faulty chunk-send --junit junit.xml -c unix:server NOOP expect:NOOP
expect_status 6
grep -qx 'chunk-send: junit.xml: disk quota exceeded' err || fail "$(cat err)"

start tap env CHUNK_FAULTS=close LD_PRELOAD="$CHUNK_FAULTS_MODULE" \
  chunk-dump --tap unix:tap unix:server --record record
run chunk-send -c unix:tap request:NOOP
expect_status 0
await tap.err grep -qx 'chunk-dump: record: disk quota exceeded' tap.err
kill "$pid"
finish "$pid"

# With --sync each file is on the disk before it has a name, and its name before the next.
strace -o /dev/null true 2>/dev/null || exit 0
run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
  strace -qq -o trace -e trace=fsync,linkat chunk-recv --sync --split 'parts/{index}' <stream
expect_status 0
sed 's/(.*//' trace >calls
expect_file calls fsync linkat fsync fsync linkat fsync
rm parts/*
run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
  strace -qq -o trace -e trace=fsync -e inject=fsync:error=EIO chunk-recv --sync --split 'parts/{index}' <stream
expect_status 6
expect_err 'chunk-recv: parts/0: input/output error'
[ -z "$(ls -A parts)" ] || fail "$(ls -A parts)"
run chunk-recv --sync <stream
expect_status 2
