#!/bin/sh
# If replies come that no step reads while more is sent, chunk-send ends once there are too many to
# hold, instead of both sides blocking for ever.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server --max-chunk 100M
run chunk-send -c "$address" ECHO,fill=20000000:a ECHO,fill=20000000:b request:NOOP
expect_status 5
expect_no_out
expect_err \
  'chunk-send: unix:server: ECHO,fill=20000000:b: too much to hold, more than 16777216 bytes came unasked'
