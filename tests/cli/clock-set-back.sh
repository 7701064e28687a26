#!/bin/sh
# A clock that is set back says what time it is, not how much time has passed.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo in
has_lines() {
  [ "$(wc -l <set_back)" -eq "$1" ]
}
sets_back() {
  ran="chunk-dump $*"
  CHUNK_FAULTS=clock LD_PRELOAD="$CHUNK_FAULTS_MODULE" chunk-dump "$@" <in >set_back &
  pid=$!
  own "$pid"
  exec 8>in
  for count in 1 2 3; do
    chunk-send NOOP >&8
    await set_back has_lines "$count"
  done
  exec 8>&-
  finish "$pid"
  expect_status 0
}
sets_back --list --timestamps absolute
if sort -c set_back 2>/dev/null; then fail "the clock is not set back: $(cat set_back)"; fi
sets_back --list --timestamps delta
[ "$(grep -c '^ *+[0-9]*\.[0-9]\{6\}  ' set_back)" -eq 3 ] || fail "$(cat set_back)"
sets_back --json --timestamps delta
[ "$(grep -c '^{"delta":[0-9]*\.[0-9]\{6\},' set_back)" -eq 3 ] || fail "$(cat set_back)"
