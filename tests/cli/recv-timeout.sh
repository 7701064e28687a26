#!/bin/sh
# -w gives up on an input or a peer that sends nothing, with status 4, and keeps what has arrived.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo silent
exec 7<>silent
start server chunk-serve unix:server
for tool in chunk-recv 'chunk-dump --text'; do
  # shellcheck disable=SC2086 # a command with its arguments
  {
    run $tool -c unix:server -w 0.2
    expect_status 4
    expect_no_out
    expect_err "${tool%% *}: unix:server: nothing received for 200 ms"
  }
done

chunk-send NOOP ECHO,len=9:abc >&7
run chunk-recv -F text -w 0.2 <silent
expect_status 4
expect_out NOOP
expect_err 'chunk-recv: standard input: nothing received for 200 ms'

chunk-send NOOP ECHO,len=9:abc >&7
run chunk-dump --list -w 0.2 <silent
expect_status 4
expect_out '00000000  NOOP           0'
expect_err 'chunk-dump: standard input: nothing received for 200 ms'

# A FIFO that is named, with a writer and without one
run chunk-dump -w 0.2 silent
expect_status 4
expect_err 'chunk-dump: silent: nothing received for 200 ms'
exec 7<&-
run chunk-dump -w 0.2 silent
expect_status 4
expect_err 'chunk-dump: silent: nothing received for 200 ms'
