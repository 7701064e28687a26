#!/bin/sh
# chunk-recv, chunk-dump and chunk-serve refuse a wrong command line with status 2.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses MESSAGE TOOL ARGUMENT...: what is wrong only with the rest of the command line, without a hint
refuses() {
  message=$1
  shift
  run "$@"
  expect_status 2
  expect_no_out
  expect_err "$1: $message"
}

misuse "'x': no argument is expected; use <FILE to read a file" chunk-recv x
misuse "'-x': no argument is expected; use <FILE to read a file" chunk-recv -- -x
misuse "--jsn: no such option; did you mean --json?" chunk-dump file --jsn
misuse '--tap: needs two values, LISTEN and UPSTREAM' chunk-dump --tap unix:a
misuse '--connect: needs a value, ADDR' chunk-recv -c
misuse '--connect: given more than once' chunk-recv -c unix:a -c unix:b
misuse "--color: 'alway' not in {auto,always,never}; did you mean always?" chunk-dump --color alway
misuse "--format: 'summery' not in {hex,list,text,json,summary,payload,raw,none}; did you mean summary?" \
  chunk-recv -F summery
refuses "'ECH' is not an ID of four bytes; did you mean ECHO?" chunk-recv -p example --only ECH
refuses "--exec: 'ECH' is not an ID of four bytes; did you mean ECHO?" \
  chunk-serve -p example --exec ECH=cat unix:a
misuse "--format: 'x' not in {hex,list,text,json,summary,payload,raw,none}" chunk-recv -F x
misuse "--timeout: 'x' is not a number" chunk-recv -w x
refuses '--timeout: the number 1e+17 is above 1000000000' chunk-recv -w 100000000000000000 -l unix:a
misuse '--index: the number 99999999999999999999 is above 18446744073709551615' chunk-dump --index 99999999999999999999
misuse '--offset: offset 0x99999999999999999 is above 0xffffffffffffffff' chunk-dump --offset 0x99999999999999999
refuses "'CMPU/OPND' is a subchunk, and only whole chunks can be chosen here" chunk-recv --only CMPU/OPND
refuses "'CMPU/OPND' is a subchunk, and only whole chunks can be chosen here" chunk-dump -F raw --skip CMPU/OPND
misuse '--count: the number 0 is not above 0' chunk-recv -n 0
misuse "--count: the number 'x' is not a whole number" chunk-recv -n x
misuse "--count: the number '-1' is not a whole number" chunk-recv -n -1
misuse "--max-chunk: '-1' is not a size such as 512, 64k, 5M or 1G" chunk-recv -m -1
misuse "--max-chunk: '5T' is not a size such as 512, 64k, 5M or 1G" chunk-dump -m 5T
misuse "--max-reply: 'k' is not a size such as 512, 64k, 5M or 1G" chunk-serve --max-reply k ./s
misuse '--max-chunk: size 18446744073709551616 is above 18446744073709551615' chunk-recv -m 18446744073709551616
misuse '--connect excludes --listen' chunk-recv -c unix:a -l unix:b
refuses "'abc' is not an ID of four bytes" chunk-recv --only abc
refuses "'%1b%1b' is not an ID of four bytes" chunk-recv --skip "$(printf '\033\033')"
misuse "--width: the number 'x' is not a whole number" chunk-dump --width x
misuse '--width: the number 300 is not from 1 to 256' chunk-dump --width 300
misuse "--timeout: '1x' is not a number" chunk-recv -w 1x
misuse "--ready-fd: the number '-1' is not a whole number" chunk-recv -l unix:a --ready-fd -1
misuse '--max-chunk: size 17179869184G is above 18446744073709551615' chunk-recv -m 17179869184G
misuse '--list excludes --text' chunk-dump --list --text
misuse 'FILE excludes --connect' chunk-dump -c unix:a file
misuse 'FILE excludes --listen' chunk-dump -l unix:a file
misuse 'FILE: standard input is named twice' chunk-dump - file -
misuse 'FILE: the value is empty' chunk-dump file ''
misuse 'ADDR is required' chunk-serve
misuse '--max-connections: the number 0 is not above 0' chunk-serve --max-connections 0 unix:a
refuses '--idle-timeout: -3 is not a number of seconds' chunk-serve --idle-timeout -3 unix:a
refuses '--drain-timeout: inf is not a number of seconds' chunk-serve --drain-timeout inf unix:a
refuses "no handlers for the protocol 'none'; there is example, and yours by --exec, --worker or --script" chunk-serve -p none unix:a
refuses "--mode: '9' is not an octal mode such as 0660" chunk-serve --mode 9 unix:a

# An empty value is not the same as none, in whatever way it is written.
misuse '--protocol: the value is empty' chunk-recv -p ''
misuse '--timeout: the value is empty' chunk-recv -w ''
misuse '--listen: the value is empty' chunk-recv --listen= unix:a
misuse '--exec: the value is empty' chunk-recv --exec ''
misuse '--tls-ca: the value is empty' chunk-dump --tls-ca ''
misuse '--metrics: the value is empty' chunk-serve unix:a --metrics= -v
misuse '--ready-fd: the value is empty' chunk-serve unix:a --ready-fd ''
run chunk-recv -F payload --delimiter '' <"$data/req.chunk"
expect_status 0

# A flag has none.
misuse '--quiet: takes no value' chunk-recv --quiet= stream
misuse '--verbose: takes no value' chunk-recv --verbose=1
misuse '--help: takes no value' chunk-recv --help=x
misuse '-q: takes no value' chunk-send -q=1 NOOP
misuse '--: no such option' chunk-send --= NOOP
misuse '--tap: needs two values, LISTEN and UPSTREAM' chunk-dump --tap unix:a unix:b unix:c

# Arguments are taken as they are written, also where the parser would split them or stop.
refuses "'[unix:a,unix:b]': the port is a number from 0 to 65535" \
  chunk-serve '[unix:a,unix:b]'
printf NOOP >'[a,b]'
run chunk-dump '[a,b]' ++
expect_status 6
grep -q '^chunk-dump: ++: no such file' err || fail "$(cat err)"
refuses "'[unix:a,unix:b]': the port is a number from 0 to 65535" \
  chunk-dump --tap '[unix:a,unix:b]' unix:c
run chunk-dump '[a,b]'
expect_status 5
grep -q '^chunk-dump: \[a,b\]: truncated' err || fail "$(cat err)"
[ ! -e a ] || fail 'a server has listened'
