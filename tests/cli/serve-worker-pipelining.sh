#!/bin/sh
# A worker of chunk-serve holds several requests: each reply reaches its client, and a fault affects
# only the requests that the worker held.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# ask NUMBER...: a client for each, all at the same time, whose output is in got.NUMBER.
ask() {
  for client; do
    chunk-send -c ./serve "request:ECHO:$client" >"got.$client" 2>"trouble.$client" &
    own $!
    eval "asked_$client=$!"
  done
}

# got STATUS NUMBER...: so they ended; with 0 each has its own reply.
got() {
  wanted=$1
  shift
  for client; do
    eval "finish \$asked_$client"
    [ "$status" -eq "$wanted" ] || fail "client $client: status $status; $(cat "trouble.$client" serve.err)"
    [ "$wanted" -ne 0 ] || expect_file "got.$client" "ECHO:$client"
  done
}

# Collects so many requests before it does something about them: replies, or ends.
cat >collector.py <<'END'
import os, struct, sys
source, count = sys.stdin.buffer, int(sys.argv[1])
while True:
    held = []
    while len(held) < count:
        head = source.read(8)
        if not head: sys.exit()
        held.append(head + source.read(struct.unpack_from("<I", head, 4)[0]))
    if sys.argv[2:] == ["die"]: os.abort()
    sys.stdout.buffer.write(b"".join(held))
    sys.stdout.buffer.flush()
END

# Requests of several connections, and of a single one.
start serve chunk-serve --worker 'exec python3 collector.py 8' ./serve
ask 1 2 3 4 5 6 7 8
got 0 1 2 3 4 5 6 7 8
set -- ECHO:1 ECHO:2 ECHO:3 ECHO:4 ECHO:5 ECHO:6 ECHO:7 ECHO:8
run timeout 20 chunk-send -c ./serve "$@"
expect_status 0
chunk-send "$@" >wanted
expect_same wanted out
stop "$pid"
expect_status 0

# No more than it may hold.
start serve chunk-serve --handler-timeout 1 --worker-depth 1 --worker 'exec python3 collector.py 2' \
  ./serve
ask 1 2
got 3 1 2
stop "$pid"
start serve chunk-serve --worker-depth 2 --worker 'exec python3 collector.py 2' ./serve
ask 1 2 3 4
got 0 1 2 3 4
stop "$pid"
expect_status 0

# A worker that ends takes those with it that it held, and no others: they are not done again.
rm -rf one
start serve chunk-serve \
  --worker 'mkdir one 2>/dev/null || exec cat; exec python3 collector.py 3 die' ./serve
ask 1 2 3
got 3 1 2 3
await serve.err grep -q 'event=worker-ended worker=1 detail="signal ABRT"' serve.err
await serve.err grep -q 'reason=failed detail="the worker ended before its reply"' serve.err
ask 4
got 0 4
stop "$pid"
expect_status 0

# So does one that is killed because a request takes too long.
rm -rf one
start serve chunk-serve --handler-timeout 1 --worker 'mkdir one 2>/dev/null || exec cat; sleep 1000' \
  ./serve
ask 1 2 3
got 3 1 2 3
await serve.err grep -q 'event=worker-ended worker=1 detail="signal KILL"' serve.err
await serve.err grep -q 'reason=handler-timeout' serve.err
ask 4
got 0 4
stop "$pid"
expect_status 0

# Requests of one connection are done one after the other, by however many workers, and a command
# or the server itself has its turn.
cat >writer.py <<'END'
import struct, sys
source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(8):
    payload = source.read(struct.unpack_from("<I", head, 4)[0])
    with open("order", "ab") as file: file.write(payload + b"\n")
    sink.write(head + payload)
    sink.flush()
END
start serve chunk-serve --workers 3 --worker 'exec python3 writer.py' \
  --exec 'TIME=echo time >>order; echo noon' ./serve
number=0
while [ "$number" -lt 300 ]; do
  number=$((number + 1))
  echo "ECHO:$number"
  case $number in
    *7) echo TIME ;;
    *9) echo NOOP ;;
  esac
done >script
sed 's/^TIME$/TIME:noon%0a/' script >replies
sed -n 's/^ECHO://p; s/^TIME$/time/p' script >in_turn
timeout 20 chunk-send -c ./serve -f script >stream
chunk-recv -F text <stream >shown
expect_same replies shown
expect_same in_turn order

# A client that goes while requests of it are under way costs the worker, and so others, nothing.
cat >gate.py <<'END'
import os, struct, sys
source, sink, count = sys.stdin.buffer, sys.stdout.buffer, 0
while head := source.read(8):
    payload = source.read(struct.unpack_from("<I", head, 4)[0])
    count += 1
    if count > 1: open(f"at.{count}", "w").close()
    if count in (2, 3): open(f"gate.{count}").read()
    sink.write(head + payload)
    sink.flush()
END
stop "$pid"
mkfifo gate.2 gate.3
start serve chunk-serve -v --worker 'exec python3 gate.py' ./serve
ask 0
got 0 0
chunk-send -c ./serve ECHO:first ECHO:second ECHO:third >/dev/null 2>&1 &
gone=$!
await serve.err test -e at.2
kill -KILL "$gone"
finish "$gone"
echo >gate.2
await serve.err test -e at.3
# Nobody can take the reply to the first of them, and the worker is at the second one.
await serve.err grep -q 'event=close conn=2 ' serve.err
ask 4
echo >gate.3
got 0 4
stop "$pid"
expect_status 0
if grep -q 'signal KILL' serve.err; then fail "$(cat serve.err)"; fi

start serve chunk-serve --workers 3 --worker 'exec python3 writer.py' ./serve

# A client that does not read its replies keeps nobody waiting.
rm order
mkfifo stuck
exec 8<>stuck
head -c 60000 /dev/zero >contents
number=0
while [ "$number" -lt 100 ]; do
  number=$((number + 1))
  echo "ECHO:@contents"
done >long
chunk-send -c ./serve -f long >stuck 2>/dev/null &
own $!
# It has begun, and is stuck since.
has_begun() {
  [ -e order ] && [ "$(wc -c <order)" -gt 120000 ]
}
await serve.err has_begun
ask 1 2 3
got 0 1 2 3
kill -KILL "$pid"
