#!/bin/sh
# With --nested the subchunks of a container stand in its object, so that each line is a chunk, and
# chunk-send --from json converts these lines back.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# round_trip ARGUMENT...: of the file stream, which ends with the status $status
round_trip() {
  chunk-dump --json --nested "$@" stream >lines 2>/dev/null && got=0 || got=$?
  [ "$got" = "$status" ] || fail "chunk-dump: status $got"
  run chunk-recv -F json --nested "$@" <stream
  expect_status "$status"
  # Of a container without a subchunk so far, chunk-recv omits the beginning.
  [ "$(wc -c <stream)" -lt 12 ] || expect_same lines out
  chunk-send --from json "$@" <lines >back || fail "$(cat lines)"
  expect_same stream back
}

cp "$data/req.chunk" stream
run chunk-dump --json --nested -p example stream
expect_status 0
expect_no_err
expect_out \
  '{"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}' \
  '{"index":1,"depth":0,"offset":8,"id":"ECHO","length":9,"text":"hi there!"}' \
  '{"index":2,"depth":0,"offset":25,"id":"CMPU","length":27,"subchunks":[{"index":3,"depth":1,"offset":33,"id":"OPER","length":1,"text":"+"},{"index":4,"depth":1,"offset":42,"id":"OPND","length":1,"value":3,"text":"3"},{"index":5,"depth":1,"offset":51,"id":"OPND","length":1,"value":4,"text":"4"}]}' \
  '{"index":6,"depth":0,"offset":60,"id":"SHUT","length":0,"text":""}'
status=0
round_trip
round_trip -p example

# A container without subchunks has an array, too; one that is broken has a payload.
chunk-send CMPU CMPU:OPER=+ CMPU:no NOOP >stream
run chunk-dump --json --nested -p example stream
expect_out \
  '{"index":0,"depth":0,"offset":0,"id":"CMPU","length":0,"subchunks":[]}' \
  '{"index":1,"depth":0,"offset":8,"id":"CMPU","length":9,"subchunks":[{"index":2,"depth":1,"offset":16,"id":"OPER","length":1,"text":"+"}]}' \
  '{"index":3,"depth":0,"offset":25,"id":"CMPU","length":2,"text":"no","error":"in CMPU at byte 0x21: 2 bytes are left, too few for a subchunk"}' \
  '{"index":4,"depth":0,"offset":35,"id":"NOOP","length":0,"text":""}'

# Only what is chosen
run chunk-dump --json --nested -p example --only CMPU/OPND "$data/req.chunk"
expect_out '{"index":0,"depth":0,"offset":25,"id":"CMPU","length":27,"subchunks":[{"index":1,"depth":1,"offset":42,"id":"OPND","length":1,"value":3,"text":"3"},{"index":2,"depth":1,"offset":51,"id":"OPND","length":1,"value":4,"text":"4"}]}'

# Several levels, with a prefix; too long to be held, and cut anywhere
cp "$data/protocols/riff.toml" .
head -c 70000 /dev/zero | tr '\0' y >long
cat >container.script <<'EOF'
RIFF:WAVE {
fmt%20:abc
LIST:INFO:ISFT=sox
LIST:INFO {
ISFT:{sox}
}
data,len=70000:@long
LIST:INFO {
ISFT:sox
}
}
data:b
EOF
sed -i 's/{sox}/%7bsox%7d/' container.script
chunk-send -p ./riff.toml -f container.script >whole
cp whole stream
round_trip -p ./riff.toml
grep -c . lines >count
expect_file count 2
size=$(wc -c <whole)
status=5
for from in 9 13 30 40 60 1000 $((size - 80)) $((size - 60)) $((size - 50)) $((size - 40)) $((size - 30)) $((size - 20)) $((size - 12)); do
  head -c "$from" whole >stream
  round_trip -p ./riff.toml
done

# Each line is an object: a container of which each part is shown as it comes, and one in a tap,
# which shows only its header.
if command -v jq >/dev/null; then
  cp whole stream
  chunk-dump --json --nested -p ./riff.toml stream | jq -r '[.. | objects | select(.id).id] | join(" ")' >out
  expect_out 'RIFF fmt%20 LIST ISFT LIST ISFT data LIST ISFT' data
  head -c 70000 whole >stream
  chunk-dump --json --nested -p ./riff.toml stream 2>/dev/null | jq -r .error >out || fail 'no JSON'
  grep -q '^truncated' out || fail "$(cat out)"
fi
start server chunk-serve -p ./riff.toml -m 1M --worker cat unix:server
start tap chunk-dump -p ./riff.toml --json --nested --tap unix:front unix:server
tap=$pid
run timeout 20 chunk-send -p ./riff.toml -c unix:front -F raw @whole
expect_status 0
stop "$tap"
grep -c '"id":"RIFF".*"error":' tap.out >count
expect_file count 2

# Other formats have no objects.
why='--nested: goes with --format json only'
misuse "$why" chunk-dump --nested "$data/req.chunk"
misuse "$why" chunk-dump --nested --text "$data/req.chunk"
misuse "$why" chunk-dump --nested --check --json "$data/req.chunk"
misuse "$why" chunk-recv --nested
misuse "$why" chunk-recv --nested -F raw --split '{index}'
