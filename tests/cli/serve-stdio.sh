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

# What is no stream to read from
run chunk-serve - <.
expect_status 6
grep -q 'level=error event=close conn=1 reason=local-failed detail="standard input: is a directory"' err ||
  fail "$(cat err)"
