#!/bin/sh
# A tap shows when connections are opened and closed in the formats for people, unless it is quiet.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# untimed: the records without ports and times.
untimed() {
  sed -E 's/(from tcp:127.0.0.1:)[0-9]+$/\1PORT/; s/after [0-9]+\.[0-9]{3} s:/after TIME:/
    s/ [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6} / CLOCK /; s/ +\+[0-9]+\.[0-9]{6} / SPAN /' tap.out
}

start server chunk-serve unix:server
server=$pid
for view in 'hex' 'list' 'list --timestamps absolute' 'hex --timestamps delta'; do
  # shellcheck disable=SC2086 # a format, and an option with its value
  start tap chunk-dump -F $view --tap tcp:127.0.0.1:0 unix:server
  tap=$pid
  chunk-send -c "$address" NOOP ECHO:abc >replies
  await tap.err grep -q '^1 \*.* closed' tap.out
  chunk-send -c "$address" NOOP >replies
  await tap.err grep -q '^2 \*.* closed' tap.out
  stop "$tap"
  expect_file tap.err
  case $view in *absolute) time='CLOCK ' ;; *delta) time='SPAN ' ;; *) time= ;; esac
  untimed | grep '^[0-9]* \*' | tr -s ' ' >events
  expect_file events "1 * ${time}opened from tcp:127.0.0.1:PORT" \
    "1 * ${time}closed after TIME: 2 requests of 19 bytes, 2 replies of 19 bytes" \
    "2 * ${time}opened from tcp:127.0.0.1:PORT" \
    "2 * ${time}closed after TIME: 1 request of 8 bytes, 1 reply of 8 bytes"
  [ "$(grep -c '^1 [<>]' tap.out)" = 4 ] || fail "$(cat tap.out)"
  untimed | sed -n '1p;$p' | grep -c '\*' >ends
  expect_file ends 2
done

# Elsewhere there is nothing but chunks.
for view in 'hex -q' 'list -q' text json; do
  # shellcheck disable=SC2086 # a format, and an option
  start tap chunk-dump -F $view --tap tcp:127.0.0.1:0 unix:server
  tap=$pid
  run chunk-send -c "$address" NOOP
  expect_status 0
  await tap.err grep -q '<\|"replies"' tap.out
  stop "$tap"
  case $view in json) ! grep -qv '^{' tap.out ;; *) ! grep -qv '^1 [<>]' tap.out ;; esac ||
    fail "$view: $(cat tap.out)"
done
stop "$server"

# One that breaks has failed; why is on standard error. In colour the word has that of a fault.
start upstream timeout 20 chunk-send -l tcp:127.0.0.1:0 expect:NOOP reset
server=$pid
start tap chunk-dump --color always --tap tcp:127.0.0.1:0 "$address"
tap=$pid
run timeout 20 chunk-send -q -c "$address" NOOP delay:0.1 NOOP
await tap.err grep -q 'failed' tap.out
stop "$tap"
finish "$server"
escape=$(printf '\033')
sed -E "s/$escape\[0m/}/g; s/$escape\[([0-9;]*)m/{\1:/g" tap.out >coloured
grep -q '^1 {2:\*} {32:opened} from tcp:127\.0\.0\.1:' coloured || fail "$(cat coloured)"
grep -q '^1 {2:\*} {1;31:failed} after [0-9.]* s: ' coloured || fail "$(cat coloured)"
grep -q '^chunk-dump: connection 1: ' tap.err || fail "$(cat tap.err)"
