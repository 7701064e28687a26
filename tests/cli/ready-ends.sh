#!/bin/sh
# Whoever reads the address from standard output sees the end of it, unless there is more to come.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# announces COMMAND...: the address comes, and the end after it, while the server goes on
announces() {
  ran=$*
  rm -f pid
  told=$(
    "$@" --ready-fd 1 2>server.err 9<&- &
    echo $! >pid
  )
  server=$(cat pid)
  own "$server"
  [ "$told" = "$wanted" ] || fail "$ran: announces $told: $(cat server.err)"
  kill -0 "$server" || fail "$ran: has ended: $(cat server.err)"
}

# ends: the server of the last announces() ends
ends() {
  kill "$server"
  await server.err [ ! -e s ]
}

wanted=unix:./s
announces chunk-serve -q ./s
run chunk-send -c ./s request:ECHO:a
expect_status 0
ends
announces chunk-serve -q ./s --exec ECHO=cat
run chunk-send -c ./s request:ECHO:a
expect_status 0
ends
announces chunk-recv -k --split 'out-{index}' -l ./s
run chunk-send -c ./s ECHO:a
expect_status 0
await server.err [ -e out-0 ]
ends
mkfifo in
exec 8<>in
announces sh -c 'exec chunk-send "$@" <in' - -k -l ./s
ends

# What is also data stays open.
chunk-recv -n 1 -l ./s -F text --ready-fd 1 >out 2>err &
own $!
await err grep -qx unix:./s out
run chunk-send -c ./s ECHO:a
expect_status 0
await err grep -qx ECHO:a out
