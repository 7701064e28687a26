#!/bin/sh
# A file that reaches the limit of RLIMIT_FSIZE is a failure to write like a full disk, and ends no server.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO,fill=100000:x >stream
mkdir parts

# limited COMMAND...: files may have at most 8 KiB
limited() {
  ran=$*
  status=0
  ( ulimit -f 16; exec "$@" ) >out 2>err || status=$?
}

for tool in chunk-send chunk-recv chunk-dump; do
  limited "$tool" <stream
  [ "$tool" != chunk-dump ] || limited chunk-dump --no-squeeze <stream
  expect_status 6
  expect_err "$tool: standard output: file too large"
done
limited chunk-recv --split 'parts/{index}' <stream
expect_status 6
expect_err 'chunk-recv: parts: file too large'
[ -z "$(ls -A parts)" ] || fail "$(ls -A parts)"

limited chunk-serve -q -m 1M - <stream
expect_status 6
log_of err >log
expect_file log 'time=T level=error event=close conn=1 reason=local-failed detail="standard output: file too large" local=- peer=- id=ECHO requests=1 in=100008 out=8192 ms=M'

# Of a server the log ends, and a long chunk of a sender that needs a file
( ulimit -f 1; exec chunk-serve -v --ready-fd 3 unix:server 3>ready 2>log ) &
pid=$!
own "$pid"
await log [ -s ready ]
count=0
while [ "$count" -lt 30 ]; do
  count=$((count + 1))
  run chunk-send -c unix:server "request:ECHO:$count"
  expect_status 0
  expect_out "ECHO:$count"
done
[ "$(stat -c %s log)" -le 1024 ] || fail 'the log is longer than the limit'
stop "$pid"
expect_status 0

chunk-send ECHO,fill=3000000:x >long
( ulimit -f 100; exec chunk-recv -k -l unix:merger -n 1 --ready-fd 3 3>ready2 >merged 2>merger.err ) &
pid=$!
own "$pid"
await merger.err [ -s ready2 ]
chunk-send -c unix:merger <long 2>send.err || :
await merger.err grep -q '^chunk-recv: connection 1: temporary file in .*: file too large' merger.err
run chunk-send -c unix:merger NOOP
expect_status 0
finish "$pid"
expect_hex merged '4e4f4f5000000000'

# A command has the default action of the signal.
run chunk-recv -n 1 --exec 'grep SigIgn /proc/self/status' <stream
expect_out "$(printf 'SigIgn:\t0000000000000000')"
