#!/bin/sh
# Reads and writes that signals interrupt, that take less than was asked for, or that would block, lose
# nothing.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO:some NOOP CMPU:OPER=+:OPND=3:OPND=4 >stream
printf '%s\n' test-case:one ECHO:a expect:ECHO:a test-case:two ECHO:b expect:ECHO:c >script
printf '%s\n' '[ECHO]' 'summary = "something"' >rules.toml
start server chunk-serve -q unix:server

# same COMMAND...: it does the same when each read and write is of one byte, and interrupted
same() {
  run "$@"
  sed -E 's/[0-9.]+ (s|ms|us)\b/TIME/' out >out.whole
  sed -E 's/[0-9.]+ (s|ms|us)\b/TIME/' err >err.whole
  wanted_status=$status
  status=0
  env CHUNK_FAULTS=bytes LD_PRELOAD="$CHUNK_FAULTS_MODULE" timeout 20 "$@" >out.raw 2>err.raw || status=$?
  expect_status "$wanted_status"
  sed -E 's/[0-9.]+ (s|ms|us)\b/TIME/' out.raw >out
  sed -E 's/[0-9.]+ (s|ms|us)\b/TIME/' err.raw >err
  expect_same out.whole out
  expect_same err.whole err
}

same chunk-dump stream
same chunk-dump -p ./rules.toml stream
same chunk-dump --text no-such-file
same chunk-recv -F text
same chunk-send ECHO:@stream
same chunk-send @stream
same chunk-send -f script --check
same chunk-send -f script --tap -c unix:server
same chunk-send -f script -v -c unix:server
same chunk-send --no-such-option
same chunk-send -c unix:server ECHO:@stream

# A log: each of its lines is whole.
start logging env CHUNK_FAULTS=bytes LD_PRELOAD="$CHUNK_FAULTS_MODULE" chunk-serve -v unix:logging
for each in 1 2 3; do
  run chunk-send -c unix:logging request:ECHO:"$each"
  expect_status 0
done
await logging.err grep -q ' conn=3 reason=ended ' logging.err
stop "$pid"
if grep -v '^time=[^ ]* level=[a-z]* event=[a-z]* \|^time=[^ ]* level=info event=stopped cut=0$' logging.err; then
  fail "$(cat logging.err)"
fi

# A non-blocking standard input, on which the bytes come late
cat >nonblocking.py <<'END'
import os, subprocess, sys
read, write = os.pipe()
os.set_blocking(read, False)
tool = subprocess.Popen(sys.argv[2:], stdin=read)
os.close(read)
# Until it waits for input; if it waits for something else by then, it finds the input at once.
while tool.poll() is None and open(f"/proc/{tool.pid}/stat").read().rsplit(")", 1)[1].split()[0] != "S":
    pass
for each in open(sys.argv[1], "rb").read():
    os.write(write, bytes([each]))
os.close(write)
sys.exit(tool.wait())
END
chunk-send ECHO:@stream >wanted
run python3 nonblocking.py stream chunk-send ECHO:@-
expect_status 0
expect_same wanted out
printf 'ECHO:a\n' >actions
run python3 nonblocking.py actions chunk-send -f -
expect_status 0
expect_hex out '4543484f01000000 61'
run python3 nonblocking.py stream chunk-recv
expect_status 0
expect_same stream out
