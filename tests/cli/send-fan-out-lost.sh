#!/bin/sh
# chunk-send -l -k tells of a client that it loses for another reason than that the client has left, resets
# the connection, so that the stream does not look complete, and has a status for it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || skip 'no process can be traced'
# lost CALL PROBLEM REASON
lost() {
  rm -f in received
  mkfifo in
  exec 8<>in
  start sender env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
    strace -qq -o trace -e "trace=$1" -e "inject=$1:error=$2:when=2+" chunk-send -k -l tcp:127.0.0.1:0 <in 8>&-
  chunk-recv -c "$address" >received 2>recv.err 8>&- &
  reader=$!
  own "$reader"
  chunk-send ECHO,fill=5000:x >&8
  await recv.err [ -s received ]
  chunk-send ECHO,fill=5000:x >&8
  exec 8>&-
  finish "$reader"
  expect_status 3
  grep -q 'connection reset by peer$' recv.err || fail "$(cat recv.err)"
  finish "$pid"
  expect_status 3
  sed 's/tcp:127.0.0.1:[0-9]*/ADDRESS/' sender.err >told
  expect_file told "chunk-send: ADDRESS: $3"
}

lost sendto ENOBUFS 'no buffer space available'
lost sendto ENOMEM 'cannot allocate memory'

# One that has left is its own business.
start sender chunk-send -k -l tcp:127.0.0.1:0 <"$data/req.chunk"
run chunk-recv -c "$address" -n 1
expect_status 0
finish "$pid"
expect_status 0
expect_file sender.err
