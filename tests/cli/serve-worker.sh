#!/bin/sh
# chunk-serve --worker answers requests by long-running processes, and restarts them when they end.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

answers() {
  run timeout 20 chunk-send -c ./serve "request:$1"
  expect_status 0
  expect_out "$2"
}

# closes REQUEST REASON
closes() {
  run timeout 20 chunk-send -c ./serve "$1" expect-close:eof
  expect_status 0
  await serve.err grep -q "event=close .*reason=$2" serve.err
}

has_worker() {
  pgrep -P "$pid" python3 >worker
}

cat >worker.py <<'END'
import os, struct, sys
source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(8):
    name, length = struct.unpack("<4sI", head)
    payload = source.read(length)
    if name == b"DIE ": os.abort()
    if name == b"HUGE": payload, head = b"", struct.pack("<4sI", name, 1 << 30)
    if name == b"SAY ": print("said", payload.decode(), file=sys.stderr, flush=True)
    reply = head + payload
    sink.write(reply * 2 if name == b"TWIN" else reply)
    sink.flush()
END

start serve chunk-serve --max-chunk 4M --worker 'exec python3 worker.py' ./serve
answers ECHO:hello ECHO:hello
answers NOOP:x NOOP
answers 'SAY%20:loud' 'SAY%20:loud'
await serve.err grep -q 'event=stderr worker=1 text="said loud"' serve.err
head -c 2000000 /dev/urandom >contents
chunk-send ECHO:@contents ECHO:short ECHO:@contents >wanted
run timeout 20 chunk-send -c ./serve ECHO:@contents ECHO:short ECHO:@contents
expect_status 0
expect_same wanted out

# Whatever goes wrong ends the connection, and the next request finds a worker again.
closes 'DIE%20' 'failed detail="the worker ended before its reply"'
await serve.err grep -q 'event=worker-ended worker=1 detail="signal ABRT"' serve.err
answers ECHO:again ECHO:again
closes TWIN:x 'failed detail="the worker wrote more than one reply"'
answers ECHO:again ECHO:again
closes HUGE:x 'failed detail="the worker.s reply declares 1073741824 bytes, more than 16777216"'
answers ECHO:again ECHO:again
await serve.err has_worker
# Those before were killed as well.
killed=$(grep -c 'detail="signal KILL"' serve.err)
is_noticed() {
  [ "$(grep -c 'detail="signal KILL"' serve.err)" -gt "$killed" ]
}
kill -KILL "$(cat worker)"
await serve.err is_noticed
answers ECHO:again ECHO:again
await serve.err has_worker
stop "$pid"
expect_status 0
[ ! -e "/proc/$(cat worker)" ] || fail 'the worker is still there'
[ "$(grep -c 'event=stopped cut=0' serve.err)" -eq 1 ] || fail "$(cat serve.err)"

# Any program that copies its input serves ECHO; several workers serve several clients at once, and
# a worker that ignores the end of its input does not hold up the server's end.
start serve chunk-serve --worker 'cat; trap "" TERM; sleep 1000' --workers 3 --exec 'TIME=echo noon' ./serve
for number in 1 2 3 4 5 6; do
  chunk-send -c ./serve "request:ECHO:$number" >"echo.$number" &
  eval "echo_$number=\$!"
done
for number in 1 2 3 4 5 6; do
  eval "finish \$echo_$number"
  expect_status 0
  expect_file "echo.$number" "ECHO:$number"
done
answers TIME TIME:noon%0a
stop "$pid"
expect_status 0

# One that has taken too long is started anew.
start serve chunk-serve --handler-timeout 1 --worker 'mkdir one 2>/dev/null || exec cat; sleep 1000' \
  ./serve
closes ECHO:lost handler-timeout
await serve.err grep -q 'event=worker-ended worker=1 detail="signal KILL"' serve.err
answers ECHO:again ECHO:again
stop "$pid"
expect_status 0

# One that cannot run is not started all the time, and its client is told in time.
start serve chunk-serve --handler-timeout 1 --worker 'echo x >>starts; exit 3' ./serve
closes ECHO:lost '\(failed\|handler-timeout\)'
closes ECHO:lost '\(failed\|handler-timeout\)'
stop "$pid"
expect_status 0
count=$(wc -l <starts)
[ "$count" -ge 2 ] || fail "only $count starts"
[ "$count" -le 20 ] || fail "$count starts"
[ "$(grep -c event=worker-ended serve.err)" -le 20 ] || fail "$(cat serve.err)"
grep -q 'event=worker-ended worker=1 detail="status 3"' serve.err || fail "$(cat serve.err)"
