#!/bin/sh
# chunk-recv -k reports each lost sender in one line, drops its incomplete chunk, and continues.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# begin OPTION...: starts a merger of text
begin() {
  start merger chunk-recv -k -l unix:socket -F text "$@"
  merger=$pid
}

# told COUNT: the merger has told so much
told() {
  [ "$(wc -l <merger.err)" -eq "$1" ]
}

# over STATUS LINE...: the merger ends with a last chunk, and has told this
over() {
  expected_status=$1
  shift
  chunk-send -c unix:socket LAST
  finish "$merger"
  expect_status "$expected_status"
  expect_file merger.err "$@"
}

# Truncated, in a header and in a payload, short and long
begin -n 4
chunk-send -c unix:socket ECHO:a ECHO,len=9:b
await merger.err told 1
chunk-send -c unix:socket ECHO:c raw-send:ECH
await merger.err told 2
chunk-send -c unix:socket ECHO:d ECHO,len=2000000,fill=1500000:e
await merger.err told 3
over 5 'chunk-recv: connection 1: unix:socket: truncated at byte 0x9: ECHO declares 9 bytes, 1 are there' \
  'chunk-recv: connection 2: unix:socket: truncated at byte 0x9: ECH: a header has 8 bytes, 3 are there' \
  'chunk-recv: connection 3: unix:socket: truncated at byte 0x9: ECHO declares 2000000 bytes, 1500000 are there'
expect_file merger.out ECHO:a ECHO:c ECHO:d LAST

# Too large, also where nobody asked for the chunk
begin -n 1 -m 10 --skip ECHO
chunk-send -c unix:socket ECHO:12345678901 2>err || :
await merger.err told 1
over 5 'chunk-recv: connection 1: unix:socket: too large at byte 0x0: ECHO declares 11 bytes, 10 are allowed'
expect_file merger.out LAST

# Silent for too long, between two chunks and within one, while somebody else is not
mkfifo silent within
begin -n 3 -w 0.3
chunk-send -c unix:socket <silent >one.out 2>one.err &
one=$!
own "$one"
exec 7>silent
chunk-send -c unix:socket <within >two.out 2>two.err 7>&- &
two=$!
own "$two"
exec 8>within
chunk-send ECHO:a >&7
chunk-send ECHO:a ECHO,len=9:b >&8
await merger.err told 2
exec 7>&- 8>&-
finish "$one"
finish "$two"
chunk-send -c unix:socket LAST
finish "$merger"
expect_status 4
sed 's/connection [12]/connection N/' merger.err >shape
late='chunk-recv: connection N: unix:socket: nothing received for 300 ms'
expect_file shape "$late" "$late"
expect_file merger.out ECHO:a ECHO:a LAST

# Reset, which is worse than late and better than truncated
begin -n 2
chunk-send -c tcp:127.0.0.1:1 2>/dev/null || :
start tcp chunk-recv -k -l tcp:127.0.0.1:0 -F text -n 2
chunk-send -c "$address" ECHO:a raw-send:ECH delay:0.2 reset
await tcp.err test -s tcp.err
chunk-send -c "$address" LAST
finish "$pid"
expect_status 3
expect_file tcp.out ECHO:a LAST
sed -E 's/:[0-9]+: /:PORT: /' tcp.err >shape
expect_file shape 'chunk-recv: connection 1: tcp:127.0.0.1:PORT: connection reset by peer'
chunk-send -c unix:socket ECHO:b
over 0
expect_file merger.out ECHO:b LAST

# More than there are descriptors for
command -v prlimit >/dev/null || exit 0
begin_few() {
  start merger prlimit --nofile=24:24 chunk-recv -k -l unix:socket -F text -n 2
  merger=$pid
}
begin_few
{
  for number in 1 2 3 4 5 6 7 8 9 10; do echo "c$number> connect:unix:socket"; done
  echo 'delay:0.3'
} >many
chunk-send -f many 2>err || :
await merger.err grep -q refused merger.err
limit=$(sed -n 's/.* refused: \([0-9]*\) senders are connected$/\1/p' merger.err | head -n 1)
head -n 1 merger.err >first
expect_file first \
  "chunk-recv: connection $((limit + 1)): unix:socket: refused: $limit senders are connected"
chunk-send -c unix:socket ECHO:a
chunk-send -c unix:socket LAST
finish "$merger"
expect_status 3
expect_file merger.out ECHO:a LAST
