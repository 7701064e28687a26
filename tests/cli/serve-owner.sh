#!/bin/sh
# If several servers start at once on a stale path, one succeeds, and the path always exists.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

rounds=20

start server chunk-serve unix:server
kill -KILL "$pid"
finish "$pid"
[ -S server ] || fail 'there is no stale path'

# Says so if the path is absent for a moment, until `stop` is there.
{
  until [ -e stop ]; do
    [ -S server ] || echo absent
  done
} >absent 2>&1 &
watcher=$!
own "$watcher"

number=0
while [ "$number" -lt "$rounds" ]; do
  number=$((number + 1))
  for each in 1 2 3 4; do
    # Whoever wins never ends by itself.
    { status=0; chunk-serve -q unix:server 2>"err$each" || status=$?; echo "$status" >"ended$each"; } &
  done
  tries=0
  until [ "$(cat ended? 2>/dev/null | grep -c '^3$')" -eq 3 ]; do
    tries=$((tries + 1))
    [ "$tries" -le 500 ] || fail "round $number: $(cat ended? err?)"
    sleep 0.01
  done
  run chunk-send -c unix:server requestd:NOOP
  expect_status 0
  # Who has won, the others tell.
  winner=$(sed -n 's/^chunk-serve: unix:server: address already in use by pid \([0-9]*\), uid .*/\1/p' err? |
    sort -u)
  [ "$(echo "$winner" | wc -w)" -eq 1 ] || fail "round $number: $(cat err?)"
  kill -KILL "$winner"
  wait_for_end=0
  until [ "$(cat ended? | wc -l)" -eq 4 ]; do
    wait_for_end=$((wait_for_end + 1))
    [ "$wait_for_end" -le 500 ] || fail "round $number: $winner lives on"
    sleep 0.01
  done
  rm ended?
done
: >stop
finish "$watcher"
expect_file absent
[ -z "$(find . -name '.chunk-*')" ] || fail 'something is left beside the path'

# From birth the file has no wider mode than asked.
if strace -o /dev/null true 2>/dev/null; then
  for state in stale fresh; do
    [ "$state" = stale ] || rm server
    start server strace -o trace -e trace=fchmod,bind,chmod,rename chunk-serve unix:server
    grep -E 'AF_UNIX|fchmod|chmod|rename' trace | grep -v 'bind.*AF_INET' >calls
    head -n 1 calls | grep -q '^fchmod([0-9]*, 0600)' || fail "$(cat calls)"
    if grep -E '^f?chmod' calls | grep -v 0600; then fail "$(cat calls)"; fi
    [ "$(stat -c %a server)" = 600 ] || fail 'the mode is wrong'
    # The tracer does not pass a signal on.
    kill -KILL "$(pgrep -P "$pid" chunk-serve)"
    finish "$pid"
  done
fi

# A live owner is named, and goes on.
rm server
start server chunk-serve unix:server
run chunk-serve unix:server
expect_status 3
expect_err "chunk-serve: unix:server: address already in use by pid $pid, uid $(id -u)"
run chunk-send -c unix:server request:NOOP
expect_status 0

# Another socket that was put there meanwhile stays.
mv server moved
start second chunk-serve unix:server
second=$pid
for each in $running; do [ "$each" = "$second" ] || kill "$each"; done
run chunk-send -c unix:server request:NOOP
expect_status 0
