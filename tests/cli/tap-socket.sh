#!/bin/sh
# A tap removes its socket file however it ends; the file has the mode of --mode.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
for signal in INT HUP TERM; do
  start tap env --default-signal=INT chunk-dump --mode 0660 --tap unix:in unix:server
  [ "$(stat -c %a in)" = 660 ] || fail "mode $(stat -c %a in)"
  kill -s "$signal" "$pid"
  finish "$pid"
  case $signal in HUP) expect_status 129 ;; INT) expect_status 130 ;; TERM) expect_status 143 ;; esac
  [ ! -e in ] || fail "$signal: the socket file is still there"
  expect_file tap.err
done

# The reader goes, with records to come or none.
rm tap.out
mkfifo tap.out ready
for records in 0 1; do
  {
    status=0
    chunk-dump -q --tap unix:in unix:server --ready-fd 3 >tap.out 2>err 3>ready || status=$?
    echo "$status" >code
  } &
  tap=$!
  own "$tap"
  exec 7<tap.out
  read -r address <ready
  if [ "$records" = 1 ]; then
    chunk-send -c "$address" ECHO:a >replies
    read -r record <&7
    [ "$record" = '1 > 00000000  ECHO           1  "a"' ] || fail "not the record: $record"
  fi
  exec 7<&-
  finish "$tap"
  [ "$(cat code)" = 141 ] || fail "status $(cat code) when the reader went"
  expect_no_err
  [ ! -e in ] || fail 'the reader went: the socket file is still there'
done

# --mode and --ready-fd are for those that listen.
for option in '--mode 0660' '--ready-fd 3'; do
  # shellcheck disable=SC2086 # an option with its value
  run chunk-dump $option "$data/req.chunk"
  expect_status 2
  expect_err "chunk-dump: ${option% *} requires --listen or --tap" "Try 'chunk-dump --help'."
done
