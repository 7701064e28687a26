#!/bin/sh
# If any process of "senders | chunk-recv -k | reader" is killed, no part of a chunk is taken for a chunk.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir temporary
TMPDIR=$PWD/temporary
export TMPDIR
printf 'ECHO,fill=70000:abcdefg\n' >short
printf 'LONG,fill=3000000:abcdefg\n' >long
{ echo 'repeat:100000' && cat short long && echo end; } >script

# begin: starts two senders, a merger and what reads from it, which has got something
begin() {
  mkfifo between
  chunk-recv -F payload --delimiter %0a <between >reader.out 2>reader.err &
  reader=$!
  own "$reader"
  mkfifo ready
  chunk-recv -k -l unix:socket --ready-fd 3 >between 2>merger.err 3>ready &
  merger=$!
  own "$merger"
  read -r address <ready
  chunk-send -c "$address" -f script 2>one.err &
  one=$!
  own "$one"
  chunk-send -c "$address" -f script 2>two.err &
  two=$!
  own "$two"
  await reader.err test -s reader.out
}

# ended: ends the rest; nothing but whole chunks came out, save at the very end of what was cut
ended() {
  for each in "$one" "$two"; do
    kill -KILL "$each" 2>/dev/null || :
    finish "$each"
  done
  find temporary -type f >names
  expect_file names
  rm -f between ready socket
}

# lines_whole FILE: each is the payload of a chunk
lines_whole() {
  awk 'length != 70000 && length != 3000000 { exit 1 }' "$1" || fail "part of a chunk in $1"
}

begin
kill -KILL "$one"
kill -TERM "$merger"
finish "$merger"
expect_status 143
finish "$reader"
expect_status 0
lines_whole reader.out
ended

# Killed in the middle of a write, the merger leaves a chunk that its reader finds to be truncated.
begin
kill -KILL "$merger"
finish "$merger"
expect_status 137
finish "$reader"
case $status in
  0) lines_whole reader.out ;;
  5)
    grep -q truncated reader.err || fail "$(cat reader.err)"
    # A long one comes in parts; without its delimiter it is known to be none.
    sed '$d' reader.out >lines
    lines_whole lines
    ;;
  *) fail "status $status" ;;
esac
ended

begin
kill -KILL "$reader"
finish "$reader"
finish "$merger"
expect_status 141
[ ! -e socket ] || fail 'the socket file is still there'
ended
