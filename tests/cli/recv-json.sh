#!/bin/sh
# chunk-recv -F json prints the same as chunk-dump --json, and chunk-send --from json converts it back.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data/req.chunk" stream
run chunk-recv -F json <stream
expect_status 0
expect_no_err
expect_out '{"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}' \
  '{"index":1,"depth":0,"offset":8,"id":"ECHO","length":9,"text":"hi there!"}' \
  '{"index":2,"depth":0,"offset":25,"id":"CMPU","length":27}' \
  '{"index":3,"parent":2,"depth":1,"offset":33,"id":"OPER","length":1,"text":"+"}' \
  '{"index":4,"parent":2,"depth":1,"offset":42,"id":"OPND","length":1,"text":"3"}' \
  '{"index":5,"parent":2,"depth":1,"offset":51,"id":"OPND","length":1,"text":"4"}' \
  '{"index":6,"depth":0,"offset":60,"id":"SHUT","length":0,"text":""}'

# round_trip OPTION...: of the file stream
round_trip() {
  run chunk-recv -F json "$@" <stream
  expect_status 0
  expect_no_err
  chunk-dump --json "$@" stream >dumped
  expect_same out dumped
  mv out lines
  run chunk-send --from json <lines
  expect_status 0
  expect_same out stream
}

round_trip
round_trip -p example
round_trip -p none
chunk-send STS%20:%00%ff%0a ECHO:%1b%5b31m '%00%01%02%03:x' 'ECHO:"quoted"' >stream
round_trip
chunk-send NOOP ECHO,fill=65536:x ECHO,fill=65537:y ECHO,fill=3000001:%00%ff NOOP >stream
round_trip

# A long chunk that is cut is shown as far as it is there, in a line that says so.
head -c 2000000 stream >cut_stream
run chunk-recv -F json <cut_stream
expect_status 5
mv out lines
grep -q '"error":' lines || fail 'nothing says that it is cut'
run chunk-send --from json <lines
expect_same out cut_stream
