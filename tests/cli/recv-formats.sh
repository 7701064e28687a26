#!/bin/sh
# chunk-recv writes a stream unchanged, as payloads, as text or not at all.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# gives FORMAT FILE: what is put out of the stream is the file, whether it comes by a file or a pipe
gives() {
  run chunk-recv --format "$1" <stream
  expect_status 0
  expect_no_err
  expect_same out "$2"

  # shellcheck disable=SC2002 # a pipe, not a file
  cat stream | chunk-recv -F "$1" >out 2>err
  expect_no_err
  expect_same out "$2"
}

cp "$data/req.chunk" stream
gives raw stream
printf 'hi there!OPER\1\0\0\0+OPND\1\0\0\0003OPND\1\0\0\0004' >payload
gives payload payload
printf '%s\n' NOOP 'ECHO:hi there!' CMPU:OPER=+:OPND=3:OPND=4 SHUT >text
gives text text
: >none
gives none none
run chunk-recv <stream
expect_status 0
expect_no_err
expect_same out stream

# What is a container, the protocol says.
run chunk-recv -F text -p example <stream
expect_status 0
expect_same out text
run chunk-recv -F text -p none <stream
expect_status 0
expect_out NOOP 'ECHO:hi there!' 'CMPU:OPER%01%00%00%00+OPND%01%00%00%003OPND%01%00%00%004' SHUT

# Longer chunks than are held as a whole come out as they come in.
chunk-send NOOP ECHO,fill=3000000:x NOOP >stream
gives raw stream
{
  echo NOOP
  printf ECHO,len=3000000:
  head -c 3000000 /dev/zero | tr '\0' x
  echo
  echo NOOP
} >text
gives text text
gives none none

run chunk-recv -v -F none <"$data/req.chunk"
expect_status 0
expect_no_out
expect_err 'chunk-recv: 4 chunks, 36 bytes of payload'
