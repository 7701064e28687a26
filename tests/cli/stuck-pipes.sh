#!/bin/sh
# A pipe that nobody reads from blocks nothing else: other clients are served, and deadlines pass.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Opened for both directions, so that it never ends and nobody reads from it
mkfifo stuck
exec 7<>stuck

# More than any pipe holds
chunk-send repeat:40 ECHO,fill=60000:x end >requests

# chunk-serve: beside the stuck stream, another client is served at once, and the stuck one is given up.
mkfifo ready
chunk-serve --write-timeout 0.5 --ready-fd 3 - unix:other <requests >stuck 2>server.err 3>ready &
server=$!
own "$server"
read -r _ <ready
run timeout 20 chunk-send -c unix:other request:ECHO:hi
expect_status 0
expect_out ECHO:hi
await server.err grep -q 'event=close .*reason=write-stalled' server.err
run timeout 20 chunk-send -c unix:other request:SHUT
expect_status 0
finish "$server"

# chunk-send: its limit passes, whether it sends what it was told to or a stream.
mkfifo silent
exec 8<>silent
run timeout 20 sh -c 'exec chunk-send -w 0.2 -c - repeat:40 ECHO,fill=60000:x end <silent >stuck'
expect_status 4
grep -q 'standard output.*: nothing taken for 200 ms$' err || fail "$(cat err)"

# --ready-fd: a full pipe is told, and not waited for.
for tool in 'chunk-serve unix:a' 'chunk-recv -l unix:a' 'chunk-dump -l unix:a' 'chunk-send -l unix:a NOOP'; do
  # shellcheck disable=SC2086 # a command with its arguments
  run timeout 20 sh -c 'exec "$@" --ready-fd 3 3>stuck' - $tool
  expect_status 6
  tail -n 1 err | grep -q -- '--ready-fd 3: full, and nobody reads from it' || fail "$tool: $(cat err)"
  [ ! -e a ] || fail "$tool: the socket file is left"
done
