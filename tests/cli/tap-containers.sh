#!/bin/sh
# A tap walks containers that are too long to be held, as chunk-dump does in a file, and a record of
# them replays.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data"/protocols/riff.toml .
# More than is held, and with payloads that would be patterns in a script.
cat >container.script <<'EOF'
RIFF:WAVE {
fmt%20:~a
LIST:INFO:ISFT=sox:ICMT={name}
data,len=70000:@long
LIST:INFO {
ISFT:{x}
}
}
data:~b
data:{name}
EOF
head -c 70000 /dev/zero | tr '\0' y >long
sed -i 's/{name}$/%7bname%7d/; s/{x}/%7bx%7d/' container.script
chunk-send -p ./riff.toml -f container.script >stream

# tapped FORMAT: what a tap with a record shows of the stream in both directions is in tap.out.
tapped() {
  start server chunk-serve -p ./riff.toml -m 1M --worker cat unix:server
  server=$pid
  start tap chunk-dump -p ./riff.toml -F "$1" --tap unix:front unix:server --record record
  tap=$pid
  run timeout 20 chunk-send -p ./riff.toml -c unix:front -F raw @stream
  expect_status 0
  expect_same stream out
  stop "$tap"
  stop "$server"
}

# Each direction has the lines of the file.
for format in list hex; do
  tapped $format
  run chunk-dump -p ./riff.toml -F $format --max-bytes 0 stream
  for mark in '>' '<'; do
    sed -n "s/^1 $mark //p" tap.out | sed 's/  *[0-9.]* ms$//' >"$format.lines"
    grep -q '  LIST ' "$format.lines" || fail "$format: $(cat tap.out)"
    grep -q '  data  *70000$' "$format.lines" || fail "$format: $(cat tap.out)"
    grep -q '  fmt%20 ' "$format.lines" || fail "$format: $(cat tap.out)"
    grep -q '  ISFT ' "$format.lines" || fail "$format: $(cat tap.out)"
  done
done
chunk-dump -p ./riff.toml --list stream >wanted
sed 's/^1 < //; s/  *[0-9.]* ms$//' list.lines >got
tapped list
sed -n 's/^1 < //p' tap.out | sed 's/  *[0-9.]* ms$//' >got
expect_same wanted got
tapped json
grep -c '"parent"' tap.out >count
expect_file count 14
tapped text
grep -q '^1 > RIFF:WAVE {$' tap.out || grep -q 'RIFF:WAVE {$' tap.out || fail "$(cut -c 1-80 tap.out)"

# The record sends the same bytes, and expects the same replies.
start server chunk-serve -p ./riff.toml -m 1M --worker cat unix:server
run timeout 20 chunk-send -p ./riff.toml -c unix:server -f record
expect_status 0
expect_err 'chunk-send: 1 passed'
sed 's/^expect:data:%7eb/expect:data:%7ec/' record >other
run timeout 20 chunk-send -p ./riff.toml -c unix:server -f other
expect_status 1
stop "$pid"

# A container that is cut between two subchunks is told as in a file.
printf 'RIFF\200\021\1\0WAVEfmt \2\0\0\0ab' >short
head -c 70000 /dev/zero >>short
start server chunk-recv -p ./riff.toml -l unix:server -F none
server=$pid
start tap chunk-dump -p ./riff.toml --list --tap unix:front unix:server
tap=$pid
printf 'raw-send:%s\n' "$(xxd -p short | tr -d '\n' | sed 's/../%&/g')" >short.script
chunk-send -c unix:front -f short.script
finish "$server"
expect_status 5
stop "$tap"
expect_file tap.err 'chunk-dump: connection 1 >: truncated at byte 0x0: RIFF declares 70016 bytes, 70014 are there'
