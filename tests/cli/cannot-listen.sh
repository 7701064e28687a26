#!/bin/sh
# A tool that cannot listen reports why, with status 3, and does not touch existing files.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

echo precious >file
start server chunk-serve tcp:127.0.0.1:0 unix:live
port=$address

for command in 'chunk-send NOOP --listen' 'chunk-recv --listen' 'chunk-dump --listen' chunk-serve; do
  # fails REASON ADDRESS
  fails() {
    # shellcheck disable=SC2086 # a command with its arguments
    run $command "$2"
    expect_status 3
    expect_no_out
    expect_err "${command%% *}: $1"
  }
  fails 'unix:none/none: no such file or directory' unix:none/none
  fails 'unix:file: address already in use: it is no socket' unix:file
  fails "unix:live: address already in use by pid $pid, uid $(id -u)" unix:live
  fails "$port: address already in use" "$port"
done
expect_file file precious

run chunk-send -c unix:live request:ECHO:alive
expect_status 0
expect_out ECHO:alive
