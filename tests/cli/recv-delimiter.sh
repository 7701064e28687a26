#!/bin/sh
# chunk-recv -F payload --delimiter writes these bytes after every payload.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO:one NOOP ECHO:two,%00 >stream
run chunk-recv -F payload --delimiter %0a <stream
expect_status 0
expect_no_err
printf 'one\n\ntwo,\0\n' >wanted
expect_same out wanted
run chunk-recv -F payload --delimiter '%00, %25' --skip NOOP <stream
expect_status 0
printf 'one\0, %%two,\0\0, %%' >wanted
expect_same out wanted

# Behind a long one once, and behind one that is cut not at all
{
  chunk-send ECHO,fill=3000000:x
  chunk-send ECHO,len=2000000,fill=1000000:y
} >stream
run chunk-recv -F payload --delimiter %0a <stream
expect_status 5
{
  head -c 3000000 /dev/zero | tr '\0' x
  echo
  head -c 1000000 /dev/zero | tr '\0' y
} >wanted
expect_same out wanted

for options in '' '-F raw' '-F text' '-F json' '-F none'; do
  # shellcheck disable=SC2086 # words
  run chunk-recv $options --delimiter , <stream
  expect_status 2
  expect_no_out
  expect_err 'chunk-recv: --delimiter: goes with --format payload only'
done
run chunk-recv -F payload --delimiter %0 <stream
expect_status 2
grep -q '^chunk-recv: --delimiter: ' err || fail "$(cat err)"
