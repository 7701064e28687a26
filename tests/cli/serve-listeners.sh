#!/bin/sh
# chunk-serve serves several addresses at once and announces each, in order.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

need_localhost
start server chunk-serve unix:one ./two tcp:127.0.0.1:0 127.0.0.1:0 "abstract:chunk-cli-$$" tcp:localhost:0
set -- "$address"
for ordinal in 2 3 4 5 6; do
  next_address
  eval "set -- \"\$@\" \"\$address\"" "# $ordinal"
done
[ "$1 $2 $5" = "unix:one unix:./two abstract:chunk-cli-$$" ] || fail "$*"
for each; do
  run chunk-send -c "$each" request:ECHO:a
  expect_status 0
  expect_no_err
  expect_out ECHO:a
done
kill "$pid"
finish "$pid"
expect_status 0
if [ -e one ] || [ -e two ]; then fail 'a socket file is still there'; fi

# With one that cannot be opened none is served.
run chunk-serve unix:one unix:none/none
expect_status 3
expect_no_out
expect_err 'chunk-serve: unix:none/none: no such file or directory'
[ ! -e one ] || fail 'a socket file is still there'
