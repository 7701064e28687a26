#!/bin/sh
# chunk-send -l -k reads nothing before a client connects, a client that connects later gets the stream
# from the next whole chunk on, and a fault in the stream ends it for all.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

connected() {
  [ "$(grep -c ' connected: ' sender.err)" -eq "$1" ]
}

closed() {
  [ "$(grep -c ' closed: ' sender.err)" -eq "$1" ]
}

# The shell holds the far end open, for several writers one after the other.
mkfifo in
exec 7<>in
start sender chunk-send -v -l unix:socket -k <in 7<&-
exec 8>in 7<&-
sender=$pid
chunk-send ECHO:1 >&8
chunk-recv -F text -c unix:socket >first 8>&- &
first=$!
own "$first"
await sender.err grep -q ECHO:1 first
chunk-send raw-send:ECHO%04%00%00%00ab >&8
chunk-recv -F text -c unix:socket >second 8>&- &
second=$!
own "$second"
await sender.err connected 2
chunk-send raw-send:cd ECHO:3 >&8
await sender.err grep -q ECHO:3 second
exec 8>&-
for each in "$first" "$second" "$sender"; do
  finish "$each"
  expect_status 0
done
expect_file first ECHO:1 ECHO:abcd ECHO:3
expect_file second ECHO:abcd ECHO:3
sed -E 's/ \(pid .*\)//' sender.err >shape
for each in 'chunk-send: closed: unix:socket: 2 chunks' 'chunk-send: closed: unix:socket: 3 chunks'; do
  grep -qx "$each" shape || fail "$(cat sender.err)"
done
[ ! -e socket ] || fail 'the socket file is still there'

# One that has left is given nothing of what comes then.
exec 7<>in
start sender chunk-send -v -l unix:socket -k <in 7<&-
exec 8>in 7<&-
sender=$pid
number=0
while [ "$number" -lt 3 ]; do
  number=$((number + 1))
  chunk-send "ECHO:$number" >&8
  run timeout 20 chunk-recv -n 1 -F text -c unix:socket
  expect_status 0
  expect_out "ECHO:$number"
  await sender.err closed "$number"
done
exec 8>&-
finish "$sender"
expect_status 0

# Without anybody
run chunk-send -l unix:socket -k -w 0.2
expect_status 4
expect_err 'chunk-send: unix:socket: no connection within 200 ms'

# A stream that is cut
chunk-send ECHO:1 raw-send:ECHO%04%00%00%00ab >half
start sender chunk-send -l unix:socket -k <half
sender=$pid
run chunk-recv -F text -c unix:socket
expect_status 0
expect_out ECHO:1
finish "$sender"
expect_status 5
expect_file sender.err \
  'chunk-send: standard input: truncated at byte 0x9: ECHO declares 4 bytes, 2 are there'

run chunk-send -l unix:socket -k NOOP
expect_status 2
run chunk-send -l unix:socket --slow drop
expect_status 2
expect_err 'chunk-send: --slow requires --keep-open' "Try 'chunk-send --help'."
