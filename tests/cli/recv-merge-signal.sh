#!/bin/sh
# On a signal chunk-recv -k writes the chunks that are whole, removes the socket file, and ends.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

for signal in TERM HUP; do
  start merger chunk-recv -k -l unix:socket -F text
  chunk-send -c unix:socket ECHO:a ECHO,len=9:b delay:100 2>sender.err &
  sender=$!
  own "$sender"
  await merger.err grep -q ECHO:a merger.out
  # What has been sent, but not taken, comes out as well.
  kill -STOP "$pid"
  rm -f sent
  chunk-send -c unix:socket ECHO:c 'run:touch sent' 2>late.err &
  late=$!
  own "$late"
  await late.err test -e sent
  kill -"$signal" "$pid"
  kill -CONT "$pid"
  finish "$pid"
  case $signal in TERM) expect_status 143 ;; HUP) expect_status 129 ;; esac
  [ ! -e socket ] || fail 'the socket file is still there'
  expect_file merger.out ECHO:a ECHO:c
  expect_file merger.err 'chunk-recv: connection 1: unix:socket: truncated at byte 0x9: ECHO declares 9 bytes, 1 are there'
  stop "$sender"
  finish "$late"
done

# What has arrived whole comes out also if the reader makes everybody wait for long.
mkfifo between ready
exec 8<>between
chunk-recv -k -l unix:socket --ready-fd 3 >between 2>merger.err 3>ready 8>&- &
pid=$!
own "$pid"
read -r address <ready
printf '%s\n' repeat:100 'MANY,fill=100000:x' end >script
chunk-send -c "$address" -f script 2>sender.err 8>&- &
sender=$!
own "$sender"
chunk-send delay:0.5
rm -f sent
chunk-send -c "$address" repeat:15 LATE,fill=10000:x end 'run:touch sent' delay:100 2>late.err 8>&- &
late=$!
own "$late"
await late.err test -e sent
kill -TERM "$pid"
chunk-send delay:1.5
chunk-recv -F none -v --only LATE <between 2>reader.err 8>&- &
reader=$!
own "$reader"
exec 8>&-
finish "$pid"
expect_status 143
finish "$reader"
expect_status 0
expect_file reader.err 'chunk-recv: 15 chunks, 150000 bytes of payload'
finish "$sender"
stop "$late"

# A standard error that nobody reads keeps it neither.
mkfifo stuck
exec 7<>stuck
dd if=/dev/zero of=stuck bs=4096 count=16 oflag=nonblock 2>dd.err || :
chunk-recv -k -l unix:socket --ready-fd 3 -F text >merger.out 2>&7 3>ready 7>&- &
pid=$!
own "$pid"
read -r address <ready
chunk-send -c "$address" ECHO:a ECHO,len=9:b delay:100 2>sender.err 7>&- &
sender=$!
own "$sender"
await sender.err grep -q ECHO:a merger.out
kill -TERM "$pid"
finish "$pid"
expect_status 143
stop "$sender"
