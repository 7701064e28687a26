#!/bin/sh
# chunk-send reads contents from a file after @, whatever its name, and from standard input.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

printf 'a%%:\000c' >odd:name=%31
: >empty
run chunk-send ECHO:@odd:name=%31 CMPU:OPER=@empty:OPND=@empty:OPND=x
expect_status 0
expect_no_err
expect_hex out '4543484f05000000 61253a0063' \
  '434d505519000000 4f50455200000000 4f504e4400000000 4f504e4401000000 78'

printf hi >input
run chunk-send ECHO,fill=5:@- <input
expect_status 0
expect_no_err
expect_hex out '4543484f05000000 6869686968'

# Standard input that is named twice is the same both times; what reads it in another way is told.
run chunk-send ECHO:@- CMPU:OPER=@- <input
expect_status 0
expect_hex out '4543484f02000000 6869 434d50550a000000 4f504552020000006869'
chunk-send NOOP >stream
run chunk-send @- @- <stream
expect_status 6
expect_hex out '4e4f4f5000000000'
expect_err "chunk-send: standard input: @-: '-': standard input is read by something else"
# Nor can it be the connection as well.
for action in @- ECHO:@- 'request:ECHO:@-' '-f -'; do
  # shellcheck disable=SC2086 # an option with its value
  run chunk-send -c - $action <stream
  expect_status 2
  grep -q "'-': standard input is \(read by something else\|the connection\)$" err || fail "$ran: $(cat err)"
  expect_no_out
done
run chunk-send -c - <stream
expect_status 2
head -n 1 err >first
expect_file first "chunk-send: --connect '-': standard input is the connection; give an ACTION"

# A FIFO that nobody writes to is waited for as long as -w says.
mkfifo silent
for arguments in ECHO:@silent '-f silent' '-p ./silent NOOP'; do
  # shellcheck disable=SC2086 # an option with its value
  run timeout 20 chunk-send -w 0.3 $arguments
  expect_status 4
  grep -q '^chunk-send: .*silent: nothing to read for 300 ms$' err || fail "$ran: $(cat err)"
done
run timeout 20 sh -c '{ sleep 0.2; printf some; } >silent & exec chunk-send -w 10 ECHO:@silent'
expect_status 0
expect_hex out '4543484f04000000 736f6d65'
# So is standard input.
exec 8<>silent
for arguments in ECHO:@- ECHO:@/dev/stdin '-f -' '-f /dev/stdin'; do
  # shellcheck disable=SC2086 # an option with its value
  run timeout 20 chunk-send -w 0.3 $arguments <silent
  expect_status 4
  grep -q '^chunk-send: .*: nothing to read for 300 ms$' err || fail "$ran: $(cat err)"
done
exec 8>&-

# Another name of the pipe is no other input.
mkfifo pipe
printf hi >pipe &
run chunk-send ECHO:@/dev/stdin ECHO:@- ECHO:@pipe <pipe
expect_status 0
expect_hex out '4543484f020000006869 4543484f020000006869 4543484f020000006869'
chunk-send NOOP >pipe &
run chunk-send @/dev/stdin @- <pipe
expect_status 6
expect_hex out '4e4f4f5000000000'
run chunk-dump - /dev/stdin <stream
expect_status 0
chunk-send NOOP >pipe &
run chunk-dump - /dev/stdin <pipe
expect_status 2
expect_err "chunk-dump: FILE: standard input is named twice
Try 'chunk-dump --help'."

printf 'NOOP\n' >script
run chunk-send -f - ECHO:@- <script
expect_status 2
expect_no_out
expect_err "chunk-send: '-': standard input is read by something else"
run chunk-send -f - -f - <script
expect_status 2
expect_no_out
expect_err "chunk-send: --script: '-': standard input is read by something else"

# What stands before a file that is truncated is sent, in whatever form it is written.
printf 'ECHO\1' >bad.chunk
run chunk-send ECHO:a NOOP @bad.chunk
expect_status 5
expect_hex out '4543484f01000000 61 4e4f4f5000000000'
expect_err 'chunk-send: bad.chunk: truncated at byte 0x0: ECHO: a header has 8 bytes, 5 are there'
run chunk-send -F text ECHO:a @bad.chunk
expect_status 5
expect_out ECHO:a
start server chunk-serve unix:server
run chunk-send -c unix:server ECHO:a @bad.chunk
expect_status 5
expect_hex out '4543484f01000000 61'
# The same of a value that turns out to be too long, and of a file that is not there any more.
run chunk-send -m 9 ECHO:a 'let:long=%{random:10}' NOOP
expect_status 1
expect_hex out '4543484f01000000 61'
expect_err 'chunk-send: standard input: let:long=%{random:10}: the value has more than 9 bytes'
run chunk-send ECHO:a 'let:file=gon%65' '@%{file}'
expect_status 6
expect_hex out '4543484f01000000 61'

# The time limit of a step is one for reading a file, too.
run chunk-send -c unix:server -w 0.2 @pipe
expect_status 4
expect_err 'chunk-send: unix:server: @pipe: pipe: nothing received for 200 ms'
exec 7<>pipe
run chunk-send -c unix:server -w 0.2 @- <pipe
expect_status 4
expect_err 'chunk-send: unix:server: @-: standard input: nothing received for 200 ms'
exec 7>&-
run chunk-dump -w 0.2 pipe
expect_status 4
expect_err 'chunk-dump: pipe: nothing received for 200 ms'
chunk-send ECHO:late >pipe &
own $!
run chunk-dump --text -w 5 pipe
expect_status 0
expect_out ECHO:late
stop "$pid"
