#!/bin/sh
# A tool whose standard output or standard error is not read can be ended, keeps its time limits, and
# reports its progress.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo stuck
exec 7<>stuck # neither end is ever missing
start server chunk-serve -q --max-chunk 1M unix:server
# A pipe is full long before all of it is written.
cat >script <<'END'
run:echo >begun
repeat:20
request:ECHO,fill=100000:x
end
END
awk 'BEGIN { print "run:echo >begun"
  for (n = 0; n < 3000; ++n) print "test-case:a case with a long name, of which there are many " n "\nECHO:a\nexpect:ECHO:b" }' >failing

# ended SIGNAL STATUS: the tool ends by the signal
ended() {
  kill "-$1" "$pid"
  finish "$pid"
  expect_status "$2"
}

# The test has begun, or has got as far as its first output.
is_begun() {
  [ -s begun ] || { [ "$first" = output ] && grep -q '^SigBlk:.*4...$' "/proc/$pid/status"; }
}

# A test, by either of its streams
for streams in 'script 1' 'failing 2' 'failing 1 --tap' 'script 2 --trace'; do
  rm -f begun
  # shellcheck disable=SC2086 # words
  set -- $streams
  file=$1
  which=$2
  shift 2
  first=step
  [ "$*" != --tap ] || first=output
  if [ "$which" = 1 ]; then
    env --default-signal=INT chunk-send "$@" -c unix:server -f "$file" >&7 2>err 7>&- &
  else
    env --default-signal=INT chunk-send "$@" -c unix:server -f "$file" >out 2>&7 7>&- &
  fi
  pid=$!
  own "$pid"
  ran="chunk-send $* -f $file"
  await err is_begun
  ended TERM 143
done

# The limit of its steps is one of a reader as well, if it is given.
status=0
ran='chunk-send -w 1'
timeout 20 chunk-send -w 1 -c unix:server -f script >&7 2>err || status=$?
expect_status 4
grep -q 'standard output: nothing taken for 1 s' err || fail "$(cat err)"

ran='chunk-send -w 1 --clients 2'
status=0
timeout 20 chunk-send -w 1 -c unix:server --clients 2 NOOP >&7 2>err || status=$?
expect_status 4
expect_err 'chunk-send: standard output: nothing taken for 1 s'

ran='chunk-send -w 1 with a report that is not read'
status=0
timeout 20 chunk-send -w 1 -c unix:server -f failing 2>&7 >out || status=$?
expect_status 1

# Messages that are not read stop no stream.
mkfifo merged
cat merged >seen &
reader=$!
own "$reader"
chunk-recv -k -v -F text -l unix:merge --ready-fd 3 3>ready >merged 2>&7 7>&- &
merge=$!
own "$merge"
await ready [ -s ready ]
for each in 1 2 3; do
  run timeout 20 chunk-send -w 10 -c unix:merge ECHO:"$each"
  expect_status 0
  await seen grep -qx "ECHO:$each" seen
done
stop "$merge"
finish "$reader"

# The progress of a stream, and of many
chunk-send ECHO,fill=100000:x >stream
mkfifo in
exec 8<>in
chunk-recv --progress <in >&7 2>err 7>&- 8>&- &
pid=$!
own "$pid"
cat stream >&8 # more than a pipe holds: part of it is read by then
kill -USR1 "$pid"
await err grep -q '^chunk-recv: [0-9]* bytes, [0-9]* chunks\?, ' err
ended TERM 143
