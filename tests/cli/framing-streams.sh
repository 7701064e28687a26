#!/bin/sh
# Streams in the framings of protocol files: each is read in the same way wherever it is cut, and
# passed on unchanged.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data"/protocols/*.toml .
printf 'header = "length:u16be"\n' >lengths.toml

printf '\0\0\0\021\0\003\0\0user\0a\0\0\0Q\0\0\0\015select 1\0X\0\0\0\004' >postgres.client
printf 'R\0\0\0\010\0\0\0\0Z\0\0\0\005I' >postgres.server
printf '\0\0\006\004\0\0\0\0\0\0\003\0\0\0d\0\0\002\001\005\0\0\0\001\202\206\0\0\005\0\001\0\0\0\001hello' >http2.server
{ printf 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'; cat http2.server; } >http2.client
printf '\211PNG\r\n\032\n\0\0\0\001tEXta\000\001\002\003\0\0\0\0IEND\256\102\140\202' >a.png
printf 'RIFF\064\0\0\0WAVEfmt \004\0\0\0abcdLIST\020\0\0\0INFOISFT\003\0\0\0sox\0data\003\0\0\0xyz\0' >a.wav

# reads PROTOCOL FILE IDS [OPTION...]: the list has these IDs in lines of their own, wherever the
# stream is cut; a part of the stream is either whole as well, or truncated with status 5.
reads() {
  protocol=$1
  stream=$2
  ids=$3
  shift 3
  run chunk-dump -p "./$protocol.toml" --list "$@" "$stream"
  expect_status 0
  expect_no_err
  for id in $ids; do grep -q "  $id  *[0-9]" out || fail "$ran: no $id: $(cat out)"; done
  cp out whole
  size=$(wc -c <"$stream")
  cut=1
  while [ "$cut" -lt "$size" ]; do
    { head -c "$cut" "$stream" && tail -c +$((cut + 1)) "$stream"; } |
      chunk-dump -p "./$protocol.toml" --list "$@" >got || fail "$ran: cut at $cut: status $?"
    expect_same whole got
    status=0
    head -c "$cut" "$stream" | chunk-dump -p "./$protocol.toml" --list "$@" >got 2>err || status=$?
    case $status in
      0) expect_file err ;;
      5) grep -q ': truncated at byte 0x' err || fail "$ran: $cut bytes: $(cat err)" ;;
      *) fail "$ran: $cut bytes: status $status; $(cat err)" ;;
    esac
    cut=$((cut + 1))
  done
}

# passes PROTOCOL FILE [OPTION...]: chunk-recv writes the same bytes.
passes() {
  protocol=$1
  stream=$2
  shift 2
  run chunk-recv -p "./$protocol.toml" -F raw "$@" <"$stream"
  expect_status 0
  expect_no_err
  expect_same "$stream" out
}

reads postgres postgres.client 'Q X'
reads postgres postgres.client 'Q X' --side client
reads postgres postgres.server 'R Z'
reads http2 http2.client 'SETTINGS HEADERS DATA'
reads http2 http2.server 'SETTINGS HEADERS DATA'
reads png a.png 'tEXt IEND'
reads riff a.wav 'RIFF'
for stream in postgres.client postgres.server http2.client http2.server; do
  passes "${stream%.*}" "$stream"
done
passes png a.png
passes riff a.wav

# A side that is told is not guessed.
run chunk-dump -p ./http2.toml --side client --list http2.server
expect_status 5
grep -q 'no start at byte 0x0' err || fail "$ran: $(cat err)"
run chunk-dump -p ./http2.toml --side both --list http2.server
expect_status 2

# Containers above what is held are walked, and payloads in them are not read.
printf 'RIFF\044\0\0\300WAVEfmt \004\0\0\0abcddata\0\0\0\300' >huge.wav
truncate -s $((32 + 3 * 1024 * 1024 * 1024)) huge.wav
printf 'LIST\004\0\0\0INFO' >>huge.wav
run chunk-dump -p ./riff.toml --list huge.wav
expect_status 0
expect_no_err
for id in RIFF fmt%20 data LIST; do grep -q "$id" out || fail "$ran: no $id: $(cat out)"; done
rm huge.wav

# Lengths that writers leave open in a pipe: all that follows belongs to the chunk.
{
  printf 'RIFF\044\360\377\177WAVEfmt \004\0\0\0abcddata\0\360\377\177'
  head -c 9999 /dev/zero
} >open.wav
run chunk-dump -p ./riff.toml --list open.wav
expect_status 0
expect_no_err
for id in RIFF fmt%20 data; do grep -q "$id" out || fail "$ran: no $id: $(cat out)"; done
passes riff open.wav

# A fault in a long container is told, and the walk goes on behind it.
{
  printf 'RIFF\030\047\0\0WAVEdata\255\336\0\0'
  head -c 9996 /dev/zero
  printf 'next\0\0\0\0'
} >lie.wav
run chunk-dump -p ./riff.toml --list lie.wav
expect_status 5
expect_err 'chunk-dump: lie.wav: in RIFF at byte 0xc: data declares 57005 bytes, 9996 are there'
grep -q 'next' out || fail "$ran: $(cat out)"

# Selections name numbers by their names, and fields are variables of commands.
# shellcheck disable=SC2016 # for the shell of the command
run chunk-recv -p ./http2.toml --only HEADERS --exec \
  'echo "$CHUNK_ID $CHUNK_FIELD_FLAGS $CHUNK_FIELD_STREAM $(wc -c)"' <http2.client
expect_status 0
expect_out 'HEADERS 5 1 2'
run chunk-dump -p ./http2.toml --list --only 4 --skip DATA http2.server
expect_status 0
grep -q SETTINGS out || fail "$ran: $(cat out)"
grep -q HEADERS out && fail "$ran: $(cat out)"
run chunk-dump -p ./http2.toml --only SETING http2.server
expect_status 2

# The payloads, and files with whole chunks.
run chunk-recv -p ./postgres.toml -F payload --only Q,X <postgres.client
expect_status 2
run chunk-recv -p ./postgres.toml -F payload --only Q <postgres.client
expect_status 0
printf 'select 1\0' >query
expect_same query out
mkdir split
run chunk-recv -p ./png.toml -F raw --split 'split/{index}' <a.png
expect_status 0
expect_hex split/0 00000001 74455874 61 00010203
expect_hex split/1 00000000 49454e44 ae426082

# Senders of one stream each are merged: the start is passed on once.
start merger chunk-recv -p ./png.toml -l unix:merged -k -n 4 -F raw
merger=$pid
escaped=$(xxd -p a.png | tr -d '\n' | sed 's/../%&/g')
chunk-send -c unix:merged "raw-send:$escaped"
chunk-send -c unix:merged "raw-send:$escaped"
finish "$merger"
expect_status 0
{ cat a.png && tail -c +5 a.png; } >wanted

# A tap knows both sides, and records what the notation has for each.
start server chunk-recv -p ./postgres.toml -l unix:server -F raw
server=$pid
start tap chunk-dump -p ./postgres.toml --list --record script --tap unix:front unix:server
tap=$pid
escaped=$(xxd -p postgres.client | tr -d '\n' | sed 's/../%&/g')
chunk-send -c unix:front "raw-send:$escaped"
finish "$server"
expect_status 0
expect_same postgres.client server.out
stop "$tap"
sed -e '/^#/d' -e '/^at:/d' script >lines
expect_file lines 'test-case:connection 1' ':%00%03%00%00user%00a%00%00%00' 'Q:select 1%00' 'X' 'shutdown'
[ "$(wc -l <tap.out)" -eq 5 ] || fail "tap: $(cat tap.out)"
