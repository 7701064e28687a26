#!/bin/sh
# chunk-serve - serves the stream on its standard input and output, in a pipeline or with files.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO:hi CMPU:OPER=+:OPND=3:OPND=4 NOOP | chunk-serve - 2>serve.err | chunk-recv -F text >out
expect_out ECHO:hi ANSR:STS%20=1:VALU=7.0 NOOP
log_of serve.err >log
expect_file log 'time=T level=info event=stopped cut=0'

head -c 60 "$data/req.chunk" >requests
run chunk-serve -q - <requests
expect_status 0
expect_no_err
expect_hex out '4e4f4f5000000000 4543484f09000000 686920746865726521' \
  '414e535214000000 5354532001000000 31 56414c5503000000 372e30'

# fails STATUS REASON OPTION...: this is the status for the stream on standard input, and the only line of
# the log has the reason.
fails() {
  wanted=$1
  reason=$2
  shift 2
  run timeout 20 chunk-serve -q "$@" -
  expect_status "$wanted"
  log_of err >log
  [ "$(wc -l <log)" -eq 1 ] || fail "$ran: $(cat err)"
  grep -q "^time=T level=error event=close conn=1 reason=$reason" log || fail "$ran: $(cat err)"
}

# What is no stream to read from
fails 6 'local-failed detail="standard input: is a directory"' <.

# A stream that is not served to its end
mkfifo silent
exec 7<>silent
head -c 5 "$data/req.chunk" >short
fails 5 'truncated detail="truncated at byte 0x0' <short
fails 5 'too-large detail="too large at byte 0x8: ECHO' -m 8 <requests
expect_hex out 4e4f4f5000000000
chunk-send WHAT >unknown
fails 5 'violation detail="unknown request WHAT"' <unknown
fails 1 'failed detail=.*status 3' --exec 'ECHO=exit 3' <requests
expect_hex out 4e4f4f5000000000
fails 4 'handler-timeout ' --handler-timeout 0.1 --exec 'ECHO=exec sleep 60' <requests
fails 4 'idle ' --idle-timeout 0.1 <silent
chunk-send SHUT >shut
fails 1 'denied detail=' <shut

chunk-send repeat:40 ECHO,fill=60000:x end >many

# serves ARGUMENT...: serves the stream `many` until it ends. Its status goes to the file code.
serves() {
  code=0
  timeout 20 chunk-serve -q "$@" <many 2>err || code=$?
  echo "$code" >code
}

# A reader that goes away ends it, with its workers, as quietly as any other tool.
ran='chunk-serve - | head'
serves - | head -c 1 >out
expect_file code 141
expect_no_err
ran='chunk-serve --worker - | head'
serves --worker 'echo $$ >worker; exec cat' - | head -c 1 >out
expect_file code 141
expect_no_err
gone "$(cat worker)"

# It does not end what is served besides, and so there is a line about it.
serves - unix:socket | head -c 1 >out &
await err grep -q 'level=error event=close .*reason=lost detail="standard output: broken pipe"' err
run chunk-send -c unix:socket request:ECHO:on request:SHUT
expect_out ECHO:on NOOP
wait $!
expect_file code 3
