#!/bin/sh
# A tool that cannot connect reports why, with status 3.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A socket file that a killed process has left behind
start server chunk-serve unix:stale
kill -KILL "$pid"
finish "$pid"
[ -S stale ] || fail 'no socket file'
: >file

for tool in chunk-send chunk-recv chunk-dump; do
  action=
  if [ "$tool" = chunk-send ]; then action=NOOP; fi
  # fails REASON ADDRESS
  fails() {
    run "$tool" --connect "$2" $action
    expect_status 3
    expect_no_out
    expect_err "$tool: $1"
  }
  fails 'unix:none: no such file or directory' unix:none
  fails 'unix:./none/none: no such file or directory' ./none/none
  fails 'unix:stale: connection refused' unix:stale
  fails 'unix:file: connection refused' unix:file
  fails "abstract:chunk-cli-$$: connection refused" "abstract:chunk-cli-$$"
  fails 'tcp:127.0.0.1:1: connection refused' 127.0.0.1:1
  fails 'fd:77: bad file descriptor' fd:77
done
