#!/bin/sh
# A command of chunk-serve --exec that fails, in whatever way, affects only its own connection, and
# leaves no process behind.
# shellcheck disable=SC2016 # shell commands of handlers
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A name for the processes of this test
MARK=$directory/mark
export MARK

# marked: the processes with that name that have not ended
marked() {
  pgrep -f "$MARK" >marked || :
  [ -s marked ]
}

unmarked() {
  ! marked
}

# fails REQUEST REASON: the connection is closed without a reply, and another one is served meanwhile.
fails() {
  run timeout 20 chunk-send -c ./serve ECHO:before "$1" ECHO:after expect:ECHO:before \
    "other> connect:./serve" 'other> ECHO:other' 'other> expect:ECHO:other' 'other> shutdown' \
    'other> expect-close:eof' expect-close:eof
  expect_status 0
  await serve.err grep -q "event=close .*reason=$2 .*id=${1%%:*} " serve.err
}

start serve chunk-serve --handler-timeout 1 --max-reply 1M --exec ECHO=cat \
  --exec 'EXIT=echo first trouble >&2; printf "second %s\n" "$(cat)" >&2; exit 7' \
  --exec 'SEGV=kill -SEGV $$' \
  --exec 'DEAF=exec tail -f /dev/null "$MARK"' \
  --exec 'MUTE=cat >/dev/null; exec tail -f /dev/null "$MARK"' \
  --exec 'MUCH=head -c 1000000000 /dev/zero' \
  --exec 'TERM=trap "" TERM; tail -qf /dev/null "$MARK"; sleep 1000' \
  --exec 'LEFT=tail -qf /dev/null "$MARK" & cat' \
  --exec 'SHUT=exec <&-; exit 3' ./serve
: >"$MARK"
head -c 2000000 /dev/zero >contents

fails EXIT:trouble 'failed detail="status 7"'
fails SEGV 'failed detail="signal SEGV"'
fails MUCH 'failed detail="more than 1048576 bytes of output"'
fails SHUT:text 'failed detail="status 3"'
fails DEAF:text 'handler-timeout detail="not answered within 1 s"'
fails MUTE 'handler-timeout detail="not answered within 1 s"'
fails TERM 'handler-timeout detail="not answered within 1 s"'
grep -q 'level=warning event=stderr .*id=EXIT text="first trouble"' serve.err || fail "$(cat serve.err)"
grep -q 'level=warning event=stderr .*id=EXIT text="second trouble"' serve.err || fail "$(cat serve.err)"

# What a command leaves running, with its output open, delays nothing and does not stay.
run timeout 20 chunk-send -c ./serve request:LEFT:text
expect_status 0
expect_out LEFT:text
await serve.err unmarked
pgrep -l -P "$pid" | grep -v ' chunk-guard$' >children || :
[ ! -s children ] || fail "children are left: $(ps -ef)"

# Stopping ends the commands under way when the time for that is over.
chunk-send -c ./serve DEAF expect-close >/dev/null 2>&1 &
own $!
await serve.err marked
stop "$pid"
expect_status 0
await serve.err unmarked

start serve chunk-serve --drain-timeout 0 --exec 'DEAF=exec tail -f /dev/null "$MARK"' ./serve
chunk-send -c ./serve DEAF expect-close >/dev/null 2>&1 &
own $!
await serve.err marked
stop "$pid"
expect_status 1
await serve.err unmarked
grep -q 'reason=cut' serve.err || fail "$(cat serve.err)"

# So many at a time, and others wait.
start serve chunk-serve --jobs 1 --exec "SLOW=mkdir busy || echo two at a time; sleep 0.1; rmdir busy" ./serve
for number in 1 2 3 4; do
  chunk-send -c ./serve request:SLOW >"slow.$number" &
  eval "slow_$number=\$!"
done
for number in 1 2 3 4; do
  eval "finish \$slow_$number"
  expect_status 0
  expect_file "slow.$number" SLOW
done
stop "$pid"
