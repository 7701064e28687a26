#!/bin/sh
# A chunk of 3 GiB through chunk-recv | chunk-recv -F none takes less than 16 MiB of memory in each.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo in between
chunk-recv <in >between 2>first.err &
first=$!
own "$first"
chunk-recv -v -F none <between 2>second.err &
second=$!
own "$second"
exec 8>in
chunk-send ECHO,fill=3221225472:x >&8
# All but what the pipes hold has gone through both.
for each in "$first" "$second"; do
  [ "$(peak "$each")" -lt 16384 ] || fail "$(peak "$each") KiB"
done
exec 8>&-
finish "$first"
expect_status 0
expect_file first.err
finish "$second"
expect_status 0
expect_file second.err 'chunk-recv: 1 chunk, 3221225472 bytes of payload'
