#!/bin/sh
# --progress draws one line on a terminal, as wide as the terminal, and removes it for other messages;
# otherwise it reports only on SIGUSR1.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Redirected
mkfifo in
exec 7<>in
chunk-send --progress <in >out 2>err 7<&- &
pid=$!
own "$pid"
chunk-send ECHO:ab ECHO:cd >&7
await err [ -s out ]
expect_no_err
kill -USR1 "$pid"
await err [ -s err ]
exec 7<&-
finish "$pid"
expect_status 0
sed -E 's/[0-9.]+ s, [0-9.]+ [KMGT]?i?B/TIME, RATE/' err >shape
expect_file shape 'chunk-send: 20 bytes, 2 chunks, TIME, RATE/s'
chunk-send ECHO:ab ECHO:cd >wanted
expect_same wanted out

# Of a file the size is known.
run chunk-send --progress @wanted
expect_status 0
expect_no_err

need_terminal

# on_terminal COLUMNS: passes on a stream there that stays open until the line has been drawn
on_terminal() {
  rm -f typescript
  exec 7<>in
  script -qefc "stty cols $1; chunk-send --progress -v -c unix:server <in >/dev/null" typescript \
    >/dev/null 2>&1 7<&- &
  pid=$!
  own "$pid"
  chunk-send ECHO:ab >&7
  await typescript grep -qs '10 B' typescript
  exec 7<&-
  finish "$pid"
  expect_status 0
  tr '\r' '\n' <typescript | sed 's/\x1b\[K//' | sed -e '/^Script/d' >lines
  awk -v most="$1" 'length >= most && !/chunk-send/' lines >long
  expect_file long
}

start server chunk-serve unix:server
on_terminal 80
grep -q '^10 B  1 chunk  [0-9.]* [KM]*i*B/s  0:0[0-9]$' lines || fail "$(cat lines)"
# The line is gone before the last one.
tail -n 5 typescript | tr -d '\n' | grep -q "$(printf '\r\033\\[K')chunk-send: 10 bytes, 1 chunk, " ||
  fail "$(cat -v typescript)"
on_terminal 20
grep -qx '10 B  1 chunk  0:0[0-9]' lines || fail "$(cat lines)"
