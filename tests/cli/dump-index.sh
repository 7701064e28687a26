#!/bin/sh
# chunk-dump and chunk-recv take the chunks with certain numbers among those that are chosen; raw and payload too.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send AAAA:1 BBBB:2 AAAA:3 CCCC:4 AAAA:5 >stream

# takes OPTIONS LINE...: both tools write these lines with the options.
takes() {
  options=$1
  shift
  # shellcheck disable=SC2086 # several
  run chunk-dump --text $options stream
  expect_status 0
  expect_no_err
  expect_out "$@"
  # shellcheck disable=SC2086
  run chunk-recv -F text $options <stream
  expect_status 0
  expect_no_err
  expect_out "$@"
}
takes '--index 2' BBBB:2
takes '--index 2..3' BBBB:2 AAAA:3
takes '--index 4..' CCCC:4 AAAA:5
takes '--index 5..5' AAAA:5
takes '--index 1..99 --only BBBB' BBBB:2
takes '--index 2.. --only AAAA' AAAA:3 AAAA:5
takes '--index 2 --skip AAAA' CCCC:4
takes '--index 2.. -n 2' BBBB:2 AAAA:3

# Where the range is over, nothing more is read.
{
  cat stream
  printf rubbish
} >longer
run chunk-dump --text --index 5 longer
expect_status 0
expect_out AAAA:5
run chunk-recv -F text --index 5 <longer
expect_status 0
expect_out AAAA:5
run chunk-dump --text --index 6 longer
expect_status 5

# A container is chosen by a subchunk, and the numbers go on in the next file.
chunk-send CMPU:OPER=+ CMPU:OPND=1 CMPU:OPND=2 >sums
run chunk-dump --text --only CMPU/OPND --index 2..3 sums sums
expect_status 0
expect_out '# sums' CMPU:OPND=2 '# sums' CMPU:OPND=1
run chunk-dump --index 9 stream
expect_status 1
expect_no_out

# The chunks of all senders count.
start merger chunk-recv -k -l unix:socket -F text --index 2..3
chunk-send -c unix:socket ECHO:a ECHO:b
chunk-send -c unix:socket ECHO:c
finish "$pid"
expect_status 0
expect_file merger.out ECHO:b ECHO:c

# Mistakes
refuses() {
  run chunk-dump --index "$1" stream
  expect_status 2
  expect_err "chunk-dump: --index: $2" "Try 'chunk-dump --help'."
}
refuses 0 'the first chunk is number 1'
refuses 7..3 '7..3 ends before it begins'
refuses ..3 "'..3' is neither a number nor like 3..7 or 3.."
refuses 3..x "the number 'x' is not a whole number"
run chunk-dump --check --index 3 stream
expect_status 2
expect_err 'chunk-dump: --check excludes --index' "Try 'chunk-dump --help'."

# chunk-dump writes chunks unchanged, so that what is behind a wrong length is a stream again.
run chunk-dump -F raw --resync "$data/corrupt.chunk"
expect_status 5
expect_err \
  "chunk-dump: $data/corrupt.chunk: truncated at byte 0x8: ECHO declares 65545 bytes, 52 are there" \
  "chunk-dump: $data/corrupt.chunk: skipped 17 bytes from 0x8 to 0x19"
mv out rest
run chunk-dump --text rest
expect_status 0
expect_out NOOP CMPU:OPER=+:OPND=3:OPND=4 SHUT
run chunk-dump -F raw longer
expect_status 5
expect_same out stream
run chunk-dump -F payload --index 2..4 stream
expect_status 0
printf 234 >wanted
expect_same out wanted
for each in png riff.avi iff.aiff mp4.m4a postgres.client; do
  file=$data/framings/$each.bin
  run chunk-dump -p "${each%%.*}" -F raw "$file"
  expect_status 0
  expect_same out "$file"
done
run chunk-dump -F raw --only CMPU/OPND sums
expect_status 2
run chunk-dump -F raw --tap ./front ./back
expect_status 2
expect_err 'chunk-dump: --format raw excludes --tap' "Try 'chunk-dump --help'."
