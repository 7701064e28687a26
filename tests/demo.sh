#!/bin/sh
# Builds the toolkit and demonstrates all four tools: a server on a Unix socket, requests to it
# including a malformed one, a dump of the replies, a broken stream, a conversation that is recorded by
# a tap and replayed, and a file of some megabytes that passes through a pipeline unchanged. Leaves
# nothing behind but the build directory.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
build=$("$here/setup.sh" tools)
PATH=$build/tools:$PATH
export PATH

work=$(mktemp -d)
server=
tap=
finish() {
  status=$?
  for each in $server $tap; do kill "$each" 2>/dev/null || :; done
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
cd "$work"

fail() {
  echo "demo.sh: $*" >&2
  exit 1
}

show() {  # TITLE
  printf '\n== %s\n' "$*"
}

show "chunk-serve listens on a Unix socket that only its owner may use"
mkfifo ready
chunk-serve ./demo.sock --ready-fd 3 3>ready 2>log &
server=$!
read -r address <ready
echo "listening on $address"
ls -l demo.sock

show "chunk-send asks, chunk-dump shows the replies"
chunk-send -c "$address" NOOP 'ECHO:hi there!' 'CMPU:OPER=**:OPND=2:OPND=0.5' DLAY:NTVL=0.1 >replies
chunk-dump -p example replies
[ "$(chunk-dump --list replies | wc -l)" -eq 4 ] || fail "there should be four replies"

show "a malformed request: CMPU declares 99 bytes of payload and sends 5"
chunk-send -c "$address" ECHO:before CMPU,len=99:short | chunk-recv --format text
echo "the server's word on it:"
cat log
grep -q 'reason=truncated' log || fail "the server should have noticed"

show "a malformed one does not stop the others"
chunk-send -c "$address" requestd:CMPU:OPER=+:OPND=1+2j:OPND=3-4j

show "a stream with a wrong length: where it breaks, and what comes behind"
chunk-send NOOP ECHO,len=65545:hello CMPU:OPER=+:OPND=3 NOOP >broken
chunk-dump -p example --resync broken || [ $? -eq 5 ] || fail "the status should be 5"
chunk-dump --json broken 2>/dev/null | chunk-send --from json | cmp - broken ||
  fail "its JSON should make the same bytes again"
chunk-dump --check -p example broken >findings || [ $? -eq 1 ] || fail "the status should be 1"
cat findings

show "a conversation through a tap, recorded and held again"
chunk-dump -p example --tap ./tap.sock "$address" --record talk --ready-fd 3 3>ready >records &
tap=$!
read -r front <ready
chunk-send -c "$front" ECHO:one DLAY:NTVL=0.05 CMPU:OPER=/:OPND=1:OPND=3 >/dev/null
kill "$tap"
wait "$tap" || [ $? -eq 143 ] || fail "the tap should have ended by SIGTERM"
tap=
cat records
[ "$(grep -c ' ms$' records)" -eq 3 ] || fail "each of three replies should have its time"
chunk-send -c "$address" -f talk
echo "the same replies came again"

show "a file of a few megabytes through chunk-send | chunk-recv"
cat "$build"/tools/chunk-* | head -c 5000000 >file
chunk-send FILE:@file | chunk-recv --format payload >copy
cmp file copy || fail "the copy differs"
ls -l file copy
echo "the copy is the same"

show "SIGTERM lets requests in progress finish"
chunk-send -c "$address" NOOP DLAY:NTVL=0.5 ECHO:done >last &
client=$!
tries=0
until [ -s last ]; do  # NOOP is answered, so DLAY is in progress
  tries=$((tries + 1))
  [ "$tries" -lt 500 ] || fail "no reply from the server"
  sleep 0.02
done
kill "$server"
wait "$client"
wait "$server" || fail "the server should have ended well"
server=
chunk-dump --text last
[ ! -e demo.sock ] || fail "the socket should be gone"
tail -n 1 log

printf '\nThe tools are in %s\n' "$build/tools"
