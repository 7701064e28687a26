#!/bin/sh
# chunk-dump --check reports every finding with file, offset and reason, and exits with 1 if there are any.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for sample in req rep; do
  run chunk-dump --check -p example "$data/$sample.chunk"
  expect_status 0
  expect_no_out
  expect_no_err
done

chunk-send CMPU:OPND=3:OPND=four:WHAT=x DLAY:NTVL=1:NTVL=2 EVER:x NTVL:1 DLAY:soon >wrong
run chunk-dump --check -p example wrong
expect_status 1
expect_no_err
cp out findings
expect_out \
  'wrong:0x0: CMPU: no OPER' \
  "wrong:0x11: CMPU: OPND: 'four' is not a number" \
  'wrong:0x1d: CMPU: unexpected WHAT' \
  'wrong:0x37: DLAY: more than one NTVL' \
  'wrong:0x40: EVER: unknown to the protocol' \
  'wrong:0x49: NTVL: stands in containers only' \
  'wrong:0x5a: DLAY: 4 bytes are left, too few for a subchunk'

# A fault of the format is a finding like any other, in every file.
run chunk-dump --check -p example "$data/trunc.chunk" wrong
expect_status 1
expect_no_err
{
  echo "$data/trunc.chunk:0x19: truncated: CMPU declares 27 bytes, 15 are there"
  cat findings
} >all
expect_same out all
run chunk-dump --check -m 10 --resync "$data/req.chunk"
expect_status 1
expect_no_err
expect_out "$data/req.chunk:0x19: too large: CMPU declares 27 bytes, 10 are allowed"

# What is not chosen may be cut all the same.
run chunk-dump --check --only NOOP "$data/trunc.chunk"
expect_status 1
expect_out "$data/trunc.chunk:0x19: truncated: CMPU declares 27 bytes, 15 are there"

# Without a protocol only the format is checked.
run chunk-dump --check wrong
expect_status 0
expect_no_out

# A container of more than 64 KiB is held to be checked.
echo "CMPU:OPER=+:OPND=1$(printf '%020000d' 0 | sed 's/0/:OPND=x/g')" | chunk-send -f - >long
run chunk-dump --check -p example long
expect_status 1
[ "$(wc -l <out)" -eq 20000 ] || fail "$(wc -l <out) findings"

run chunk-dump --check --json -p example wrong
expect_status 1
head -n 2 out >some
expect_file some \
  '{"file":"wrong","offset":0,"kind":"missing","id":"CMPU","subchunk":"OPER","message":"CMPU: no OPER"}' \
  "{\"file\":\"wrong\",\"offset\":17,\"kind\":\"bad-value\",\"id\":\"CMPU\",\"subchunk\":\"OPND\",\"message\":\"CMPU: OPND: 'four' is not a number\"}"

run chunk-dump --check -p example --only EVER wrong
expect_status 1
expect_out 'wrong:0x40: EVER: unknown to the protocol'
