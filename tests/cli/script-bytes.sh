#!/bin/sh
# Each of the 256 byte values can be sent, expected, captured and sent again.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

number=0
while [ "$number" -lt 256 ]; do
  printf '%%%02x\n' "$number"
  number=$((number + 1))
done >escapes
all=$(tr -d '\n' <escapes)

start server chunk-serve unix:server
{
  # Each alone: exact, in the notation's own form, as an expression, as bytes, and captured
  while read -r byte; do
    printf 'test-case:%s\n' "$byte"
    printf 'ECHO:%s\nexpect:ECHO:%s\n' "$byte" "$byte"
    printf 'ECHO:%s\nexpect:ECHO:~^%%5cx%s$\n' "$byte" "${byte#%}"
    printf 'ECHO:%s\nexpect:ECHO:{value}\n' "$byte"
    printf 'ECHO:%%{value}\nexpect:ECHO:%s\n' "$byte"
    printf 'ECHO:-%s-\nexpect:ECHO:~^-%%{value}-$\n' "$byte"
    printf 'ECHO:PART=%s:REST=\nexpect:ECHO:PART={part}\n' "$byte"
    printf 'ECHO:PART=%%{part}\nexpect,exact:ECHO:PART=%s\n' "$byte"
    printf 'raw-send:ECHO%%01%%00%%00%%00%s\nexpect-raw:ECHO%%01%%00%%00%%00%s\n' "$byte" "$byte"
    printf 'let:given=%s\nECHO:%%{given}\nexpect-raw:ECHO%%01%%00%%00%%00%s\n' "$byte" "$byte"
  done <escapes
  # All of them together, in a file as well
  printf 'test-case:all\n'
  printf 'ECHO:%s\nexpect:ECHO:%s\n' "$all" "$all"
  printf 'ECHO:%s\nexpect:ECHO:{value}\n' "$all"
  printf 'ECHO:%%{value}\nexpect:ECHO:@file\n'
  printf 'ECHO:@file\nexpect:ECHO:~^%%{value}$\n'
} >script
chunk-send "ECHO:$all" | tail -c 256 >file
run timeout 20 chunk-send -c "$address" -f script --strict
expect_status 0
expect_no_out
expect_err 'chunk-send: 257 passed'

# Nor is there one that it takes for another.
while read -r byte; do
  case $byte in %00) other=%ff ;; *) other=$before ;; esac
  before=$byte
  printf 'test-case:%s\nECHO:%s\nexpect:ECHO:%s\n' "$byte" "$byte" "$other"
done <escapes >script
run timeout 20 chunk-send -c "$address" -f script --tap
expect_status 1
expect_no_err
[ "$(grep -c '^not ok' out)" -eq 256 ] || fail "$(grep '^ok' out)"
expect_plain out
