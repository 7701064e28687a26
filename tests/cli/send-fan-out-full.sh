#!/bin/sh
# chunk-send -l -k serves as many clients as the limit on descriptors allows, which it raises, and refuses
# more in a line for each.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v prlimit >/dev/null || skip 'there is no prlimit'
chunk-send ECHO:a >stream
clients=40
{
  number=0
  while [ "$number" -lt "$clients" ]; do
    number=$((number + 1))
    echo "c$number> connect:unix:socket"
  done
  echo 'run:touch connected; until [ -e over ]; do sleep 0.01; done'
} >script

# sends LIMITS: starts it with these limits, and many clients
sends() {
  rm -f connected over in
  mkfifo in
  exec 8<>in
  start sender prlimit "--nofile=$1" chunk-send -v -k -l unix:socket <in 8>&-
  chunk-send -w 20 -f script 2>clients.err 8>&- &
  many=$!
  own "$many"
  await clients.err [ -e connected ]
}

# has COUNT PATTERN: so many lines of what it tells are like this
has() {
  [ "$(grep -c "$2" sender.err)" -eq "$1" ]
}

sends 30:200
await sender.err has "$clients" '^chunk-send: connected: '
exec 8>&-
touch over
finish "$pid"
expect_status 0
finish "$many"

sends 30:30
await sender.err has "$clients" ': refused: \|^chunk-send: connected: '
has 0 'too many open files' || fail "$(cat sender.err)"
served=$(sed -n 's/.*: refused: \([0-9]*\) clients are connected$/\1/p' sender.err | sort -u)
[ "$served" -gt 10 ] || fail "$(cat sender.err)"
has "$served" '^chunk-send: connected: ' || fail "$(cat sender.err)"
exec 8>&-
touch over
finish "$pid"
expect_status 3
finish "$many"
