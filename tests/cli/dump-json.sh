#!/bin/sh
# chunk-dump --json prints one flat object per chunk and subchunk, with any fault, for jq and chunk-send.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

run chunk-dump --json -p example "$data/req.chunk"
expect_status 0
expect_no_err
expect_out \
  '{"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}' \
  '{"index":1,"depth":0,"offset":8,"id":"ECHO","length":9,"text":"hi there!"}' \
  '{"index":2,"depth":0,"offset":25,"id":"CMPU","length":27}' \
  '{"index":3,"parent":2,"depth":1,"offset":33,"id":"OPER","length":1,"text":"+"}' \
  '{"index":4,"parent":2,"depth":1,"offset":42,"id":"OPND","length":1,"value":3,"text":"3"}' \
  '{"index":5,"parent":2,"depth":1,"offset":51,"id":"OPND","length":1,"value":4,"text":"4"}' \
  '{"index":6,"depth":0,"offset":60,"id":"SHUT","length":0,"text":""}'

run chunk-dump --json "$data/evil.chunk"
expect_status 0
expect_out \
  '{"index":0,"depth":0,"offset":0,"id":"%1b[2J","length":15,"base64":"G10wO3B3bmVkB8KbMzFt"}' \
  '{"index":1,"depth":0,"offset":23,"id":"ECHO","length":18,"text":"na\u00efve \u202e gnp.exe"}' \
  '{"index":2,"depth":0,"offset":49,"id":"a%0ab%00","length":1,"text":"x"}'

run chunk-dump --json "$data/trunc.chunk"
expect_status 5
tail -n 1 out >last
expect_file last \
  '{"index":2,"depth":0,"offset":25,"id":"CMPU","length":27,"base64":"T1BFUgEAAAArT1BORAEA","error":"truncated at byte 0x19: CMPU declares 27 bytes, 15 are there"}'

run chunk-dump --json --resync --only NOOP --only SHUT "$data/corrupt.chunk"
expect_status 5
expect_out \
  '{"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}' \
  '{"index":1,"depth":0,"offset":8,"length":17,"base64":"RUNITwkAAQBoaSB0aGVyZSE=","error":"truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there"}' \
  '{"index":2,"depth":0,"offset":60,"id":"SHUT","length":0,"text":""}'

run chunk-dump --json --timestamps absolute -n 1 "$data/req.chunk"
grep -qE '^\{"time":"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z","index":0,' out || fail "$(cat out)"

# A chunk that is too long to be held comes in parts.
chunk-send ECHO,fill=200000:x NOOP >long
run chunk-dump --json long
expect_status 0
cp out lines
run chunk-send --from json <lines
expect_same out long

command -v jq >/dev/null || skip 'no jq(1)'
chunk-dump --json "$data/req.chunk" | jq -r 'select(.id=="OPND").text' >out
expect_out 3 4
chunk-dump --json "$data/req.chunk" | jq -c 'if .id == "OPND" then .text += "00" else . end' |
  chunk-send --from json | chunk-dump --text >out
expect_out NOOP 'ECHO:hi there!' CMPU:OPER=+:OPND=300:OPND=400 SHUT
