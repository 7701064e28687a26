#!/bin/sh
# Nobody can keep a server from listening by a lock on the directory of its socket file, and a directory
# that may be written to is enough, even if it may not be read.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v flock >/dev/null || skip 'no flock(1)'

# locks DIRECTORY: holds its lock until it is killed; $holder is the process
locks() {
  mkfifo locked
  flock --no-fork "$1" sh -c 'echo; exec sleep 60' >locked &
  holder=$!
  own "$holder"
  read -r _ <locked
  rm locked
}

answers() {
  run chunk-send -c "$1" request:NOOP
  expect_status 0
}

mkdir shared
locks shared
for tool in 'chunk-recv -l' 'chunk-dump -l'; do
  # shellcheck disable=SC2086 # a command with its arguments
  run timeout 20 $tool unix:shared/socket -w 0.1
  expect_status 4
  [ ! -e shared/socket ] || fail "$tool: the socket file is left"
done

# Taken over from a process that is gone, and not from one that is there
start server chunk-serve unix:shared/socket
answers unix:shared/socket
run chunk-serve unix:shared/socket
expect_status 3
grep -q 'unix:shared/socket: address already in use by pid' err || fail "$(cat err)"
kill -KILL "$pid"
finish "$pid"
start server chunk-serve unix:shared/socket
answers unix:shared/socket
stop "$pid"
expect_status 0
[ -z "$(ls -A shared)" ] || fail "left: $(ls -A shared)"
kill "$holder"

# Of several that start at the same time over what a process has left behind, one wins.
start server chunk-serve unix:shared/socket
kill -KILL "$pid"
finish "$pid"
locks shared
all=
for each in 1 2 3 4; do
  chunk-serve -q unix:shared/socket 2>"$each.err" &
  all="$all $!"
  own $!
done
one_ended() {
  count=0
  # shellcheck disable=SC2086 # several of them
  for each in $all; do kill -0 "$each" 2>/dev/null || count=$((count + 1)); done
  [ "$count" -eq 3 ]
}
await 1.err one_ended
answers unix:shared/socket
for each in $all; do kill "$each" 2>/dev/null || :; done
kill "$holder"
wait

# Not readable: for root, everything is.
mkdir -m 0333 drop
as_user=
if [ "$(id -u)" -eq 0 ]; then
  chmod 0733 drop
  setpriv --reuid=65534 --clear-groups true 2>/dev/null || exit 0
  chmod a+x .
  as_user='setpriv --reuid=65534 --clear-groups'
fi
# shellcheck disable=SC2086 # a command with its arguments
start server $as_user chunk-serve --mode 0666 --allow 'uid=0' --allow "uid=$(id -u)" unix:drop/socket
answers unix:drop/socket
stop "$pid"
expect_status 0
[ ! -e drop/socket ] || fail 'the socket file is left'
