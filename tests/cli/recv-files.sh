#!/bin/sh
# Regular files serve as standard input and output, also from the middle and for appending.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO,fill=1000000:abc NOOP >big
chunk-recv <big >copy
expect_same copy big
chunk-send <copy >>big
expect_hex big "$(cat copy copy | xxd -p | tr -d '\n')"
chunk-dump --text "$data/req.chunk" >text
chunk-send -f text >stream
expect_same stream "$data/req.chunk"

{
  head -c 25 >front
  chunk-recv >rest
} <"$data/req.chunk"
cat front rest >stream
expect_same stream "$data/req.chunk"
