#!/bin/sh
# chunk-recv -k holds a long chunk in an unnamed file while others pass, within --spool-max.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir temporary
TMPDIR=$PWD/temporary
export TMPDIR

# spooled PID: the number of bytes in files without a name
spooled() {
  total=0
  for each in "/proc/$1"/fd/*; do
    case $(readlink "$each" || :) in
      "$TMPDIR"/*) total=$((total + $(stat -L -c %s "$each"))) ;;
    esac
  done
  echo "$total"
}

# holds PID BYTES: so many are
holds() {
  [ "$(spooled "$1")" -ge "$2" ]
}

size=3145728
printf 'LONG,fill=%d:0123456789abcdef-\n' "$size" >long
mkfifo slow
for format in raw text json payload; do
  start merger chunk-recv -k -l unix:socket -n 3 -F "$format"
  merger=$pid
  chunk-send -c unix:socket <slow >sender.out 2>sender.err &
  sender=$!
  own "$sender"
  exec 7>slow
  chunk-send -f long >whole
  head -c 2000000 whole >&7
  await merger.err holds "$merger" 1900000
  # Nothing of it has a name, nor has come out, and others pass.
  find temporary -type f >names
  expect_file names
  chunk-send -c unix:socket ECHO:a
  await merger.err test -s merger.out
  tail -c +2000001 whole >&7
  exec 7>&-
  finish "$sender"
  chunk-send -c unix:socket ECHO:b
  finish "$merger"
  expect_status 0
  expect_file merger.err
  { chunk-send ECHO:a && cat whole && chunk-send ECHO:b; } | chunk-recv -F "$format" >wanted
  expect_same merger.out wanted
done

# Too much for one chunk, which its length tells, and for two together
start merger chunk-recv -k -l unix:socket -n 2 -F raw --spool-max 3000000
chunk-send -c unix:socket -f long 2>err || :
await merger.err grep -q LONG merger.err
chunk-send -c unix:socket <slow >sender.out 2>sender.err &
sender=$!
own "$sender"
exec 7>slow
chunk-send LONG,len=2000000,fill=1500000:x >&7
await merger.err holds "$pid" 1500000
chunk-send -c unix:socket LONG,fill=2000000:y 2>err || :
await merger.err grep -q connection.3 merger.err
head -c 500000 /dev/zero >&7
chunk-send NOOP >&7
exec 7>&-
finish "$sender"
finish "$pid"
expect_status 5
expect_file merger.err \
  'chunk-recv: connection 1: unix:socket: too large at byte 0x0: LONG declares 3145728 bytes, 3000000 are allowed' \
  'chunk-recv: connection 3: unix:socket: too large at byte 0x0: LONG declares 2000000 bytes, and all chunks that are on their way may have 3000000'
run chunk-dump --list merger.out
expect_out '00000000  LONG     2000000' '001e8488  NOOP           0'

# A directory that is not there
TMPDIR=$PWD/none
start merger chunk-recv -k -l unix:socket -n 1
chunk-send -c unix:socket -f long 2>err || :
await merger.err test -s merger.err
chunk-send -c unix:socket ECHO:a
finish "$pid"
expect_status 6
expect_file merger.err \
  "chunk-recv: connection 1: temporary file in $TMPDIR: no such file or directory"
expect_hex merger.out '4543484f01000000 61'
