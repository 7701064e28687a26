#!/bin/sh
# A thousand requests sent at once are answered in order, as are 10 MB of them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server tcp:127.0.0.1:0
unix=$address
next_address
number=0
while [ "$number" -lt 1000 ]; do
  echo "ECHO:$number"
  number=$((number + 1))
done >script
echo ECHO,fill=65535:some >long
number=0
while [ "$number" -lt 160 ]; do
  cat long
  number=$((number + 1))
done >script2
for each in "$unix" "$address"; do
  chunk-send -c "$each" -f script | chunk-recv -F text >replies
  expect_same replies script
  run chunk-send -c "$each" -f script2
  expect_status 0
  expect_no_err
  chunk-send -f script2 >stream
  expect_same out stream
  run chunk-send -c "$each" <stream
  expect_status 0
  expect_no_err
  expect_same out stream
done
