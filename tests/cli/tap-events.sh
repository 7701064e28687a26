#!/bin/sh
# With -v, a tap reports each connection: who, and how many bytes passed.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server
mkfifo tap.err
exec 6<>tap.err
start tap chunk-dump --list -v --tap tcp:127.0.0.1:0 unix:server
chunk-send -c "$address" NOOP ECHO:abc >replies
for each in 1 2 3; do
  read -r event <&6
  echo "$event"
done | sed -E 's/from tcp:127.0.0.1:[0-9]+$/from CLIENT/' >events
expect_file events "chunk-dump: listening on $address" 'chunk-dump: connection 1 from CLIENT' \
  'chunk-dump: connection 1 closed: 19 bytes of requests, 19 bytes of replies'
