#!/bin/sh
# A tap shows the same records whether a client writes all at once or byte by byte.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Requests, an empty chunk, one too long to be shown whole, and a header that is cut. The server
# takes it all and then ends without a reply to the rest.
chunk-send NOOP ECHO:hello CMPU:OPER=+:OPND=3:OPND=4 ECHO,fill=70000:x DLAY:NTVL=0 >requests
printf EC >>requests
head -c 56 requests | xxd -p -c 1 | sed 's/^/raw-send:%/; a delay:0' >bytewise
tail -c +57 requests | xxd -p | tr -d '\n' | sed 's/../%&/g; s/^/raw-send:/' >>bytewise
xxd -p requests | tr -d '\n' | sed 's/../%&/g; s/^/raw-send:/' >at-once

# records VIEW NUMBER ARROW: one direction of a connection, without what differs each time.
records() {
  grep "^$2 $3 " "$1" | sed -E "s/^$2 $3 //; s/ +[0-9.]+ ms\$//"
}

start server chunk-serve -m 100k unix:server
for view in '' --list --text; do
  # shellcheck disable=SC2086 # no option or one
  start tap chunk-dump $view -p example --tap unix:in unix:server
  chunk-send -c unix:in -f at-once >replies.1
  chunk-send -c unix:in -f bytewise >replies.2
  kill "$pid"
  finish "$pid"
  expect_status 143
  expect_same replies.1 replies.2
  for arrow in '>' '<'; do
    records tap.out 1 "$arrow" >once
    records tap.out 2 "$arrow" >slowly
    expect_same once slowly
  done
  records tap.out 1 '>' >"requests$view"
  records tap.out 1 '<' >"replies$view"
done
expect_file requests--list '00000000  NOOP           0' '00000008  ECHO           5' '00000015  CMPU          27' \
  '00000038  ECHO       70000' '000111b0  DLAY           9' '000111c1  (truncated)'
expect_file requests--text NOOP ECHO:hello CMPU:OPER=+:OPND=3:OPND=4 ECHO,len=70000 DLAY:NTVL=0 \
  raw-send:%45%43
expect_file replies--text NOOP ECHO:hello ANSR:STS%20=1:VALU=7.0 ECHO,len=70000 NOOP
expect_file tap.err 'chunk-dump: connection 1 >: truncated at byte 0x111c1: EC: a header has 8 bytes, 2 are there' \
  'chunk-dump: connection 2 >: truncated at byte 0x111c1: EC: a header has 8 bytes, 2 are there'
