#!/bin/sh
# chunk-send refuses a wrong command line with status 2, and opens and sends nothing.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# The socket does not exist, so that a status of 3 would tell of an attempt to connect.
# refuses MESSAGE MARKS ACTION...: the marks are below what is wrong with the last action.
refuses() {
  message=$1
  marks=$2
  shift 2
  for action in "$@"; do :; done
  for peer in '' --connect=unix:none; do
    run chunk-send ${peer:+"$peer"} "$@"
    expect_status 2
    expect_no_out
    expect_err "chunk-send: $message" ${marks:+"  $action" "  $marks"}
  done
}

refuses "'ABC' is not an ID of four bytes" '' NOOP ABC
refuses "'' is not an ID of four bytes" '' NOOP ''
refuses "'%1b]' is not an ID of four bytes" '^^^^' NOOP %1b]:x
refuses "'ABCDE': neither an action nor an ID of four bytes" '' NOOP ABCDE
refuses "'echoo:x': neither an action nor an ID of four bytes" '' NOOP echoo:x
refuses "'foo=1': not a modifier; there are len=N, cut=N and fill=N" '     ^^^^^' NOOP ECHO,foo=1:x
refuses "'len=2': a modifier given twice" '           ^^^^^' NOOP ECHO,len=1,len=2
refuses "len= 'x' is not a whole number" '     ^^^^^' NOOP ECHO,len=x:y
refuses "len= 4294967296 is above 4294967295" '     ^^^^^^^^^^^^^^' NOOP ECHO,len=4294967296
refuses "cut= '-1' is not a whole number" '     ^^^^^^' NOOP ECHO,cut=-1:x
refuses "'ECHO': fill= needs contents to repeat" '' NOOP ECHO,fill=5
refuses "'ECHO': contents longer than any length can declare" '' NOOP ECHO,fill=4294967296:x
refuses "'%zz': % needs two hexadecimal digits" '     ^^^' NOOP ECHO:%zz
refuses "'%4': % needs two hexadecimal digits" '     ^^' NOOP ECHO:%4
refuses "'b': not ID=bytes; literal : and = are written %3a and %3d" \
  '            ^' NOOP CMPU:OPER=a:b
refuses "'OPER==': a literal = in contents is written %3d" '     ^^^^^^' NOOP CMPU:OPER==
refuses "'@': @ needs the name of a file; a literal @ is %40" '     ^' NOOP ECHO:@
refuses "'raw-send': needs an argument after a colon" '' NOOP raw-send
refuses "'expect': needs an argument after a colon" '' NOOP expect
refuses "'NOO' is not an ID of four bytes" '       ^^^' NOOP expect:NOO
refuses "'ECHO,len=3:a': no reply has a wrong length" '       ^^^^^^^^^^^^' NOOP expect:ECHO,len=3:a
refuses "'ECHO,cut=3:a': no reply has a wrong length" '       ^^^^^^^^^^^^' NOOP expect:ECHO,cut=3:a
refuses "raw-receive: 'x' is not a whole number" '            ^' NOOP raw-receive:x
refuses "'x': not a number of seconds" '      ^' NOOP delay:x
refuses "'-1': not a number of seconds" '      ^^' NOOP delay:-1

# An argument in brackets is one action, and ++ does not end them.
refuses "'[NOOP,ECHO:a]': neither an action nor an ID of four bytes" '' '[NOOP,ECHO:a]'
refuses "'++' is not an ID of four bytes" '' NOOP ++
run chunk-send '[ab]' 'ECHO:[a,b]' -- '--x='
expect_status 0
expect_hex out '5b61625d 00000000 4543484f 05000000 5b612c625d 2d2d783d 00000000'
# shellcheck disable=SC3045 # where the limit cannot be set, nothing is tested
if (ulimit -Hn 100) 2>/dev/null; then
  (ulimit -Hn 100 && chunk-send -c unix:none --clients 200 NOOP) >out 2>err && fail 'no failure'
  expect_err 'chunk-send: --clients: 200 clients need as many files open, and the limit is 100'
fi

for action in request:NOOP requestd:NOOP expect:NOOP raw-receive:4; do
  run chunk-send NOOP "$action"
  expect_status 2
  expect_no_out
  expect_err "chunk-send: '$action': needs a peer; use --connect or --listen"
done

# with HINT: a mistake in the options themselves
refuses_option() {
  message=$1
  shift
  run chunk-send "$@"
  expect_status 2
  expect_no_out
  expect_err "chunk-send: $message" "Try 'chunk-send --help'."
}

refuses_option '--connect excludes --listen' -c unix:a -l unix:b NOOP
refuses_option '--mode requires --listen' -c unix:a --mode 0600 NOOP
refuses_option '--ready-fd requires --listen' --ready-fd 1 NOOP
refuses_option '--count: the number 0 is not above 0' -n 0 NOOP
refuses_option "--max-chunk: '5x' is not a size such as 512, 64k, 5M or 1G" -m 5x NOOP
refuses_option '--max-chunk: size 17179869184G is above 18446744073709551615' -m 17179869184G NOOP
refuses_option "--clients: the number 'abc' is not a whole number" --clients abc NOOP
refuses_option '--clients: the number 0 is not from 1 to 1000000' --clients 0 NOOP
refuses_option '--clients: the number 4294967297 is not from 1 to 1000000' --clients 4294967297 NOOP
refuses_option "--rate: '1.5x' is not a number" --rate 1.5x NOOP
refuses_option '--rate: the number -1 is not above 0' --rate -1 NOOP
refuses_option "--seed: the number '0x1f' is not a whole number" --seed 0x1f NOOP
refuses_option '--connect: the value is empty' -c '' SHUT
refuses_option '--connect: the value is empty' --connect= SHUT
refuses_option '--junit: the value is empty' --junit '' NOOP
refuses_option '--verbose excludes --quiet' -v -q NOOP

# Where there is nothing to test
for option in --tap --check '--clients 2' '--seed 1' --trace; do
  for what in '-l unix:a -k' '-c unix:none --probe'; do
    # shellcheck disable=SC2086 # options
    run chunk-send $what $option
    expect_status 2
    grep -Eq "^chunk-send: (${option%% *} excludes )?(--probe|--keep-open)( excludes ${option%% *})?$" err ||
      fail "$(cat err)"
  done
done
for option in '--side server' --progress; do
  # shellcheck disable=SC2086 # options
  refuses_option "${option%% *} excludes --probe" -c unix:none --probe $option
done

run chunk-send -c unix:none -w -1 NOOP
expect_status 2
expect_err 'chunk-send: --timeout: -1 is not a number of seconds'
run chunk-send -p nonsense NOOP
expect_status 2
grep -q "^chunk-send: no protocol 'nonsense', and no " err ||
  fail "$(cat err)"

# What can only be meant as a file is one, and need not exist to be told so.
echo NOOP >there.script
for word in nosuch.script ./nosuch no/such; do
  run chunk-send -c unix:none -f there.script "$word"
  expect_status 6
  expect_no_out
  expect_err "chunk-send: $word: no such file or directory"
  run chunk-send -c unix:none "$word"
  expect_status 2
  expect_err "chunk-send: $word: a file; -f performs a script, and @ sends a stream"
done

# An action is one, whatever its contents look like.
for word in ECHO,len=3:x.script 'a> ECHO:dir/x.script'; do
  run chunk-send --check -f there.script 'a> connect:unix:none' "$word"
  expect_status 0
done
run chunk-send --check -p http2 HEADERS,stream=1:/index.script
expect_status 0
run chunk-send 'strat:sh run.script'
expect_status 2
expect_err "chunk-send: 'strat:sh run.script': neither an action nor an ID of four bytes; did you mean start?"

# Without a test-case there is no case to list.
for action in '' NOOP expect:NOOP; do
  run chunk-send --list-cases ${action:+"$action"}
  expect_status 2
  expect_no_out
  expect_err 'chunk-send: there is no test-case'
done
run chunk-send --list-cases test-case:one NOOP
expect_status 0
expect_out one
run chunk-send --list-cases -f there.script
expect_status 0
expect_out there.script

misuse '--report: junit needs a file: junit:FILE' chunk-send -c unix:none --report junit NOOP
misuse '--report: html needs a file: html:FILE' chunk-send -c unix:none --report html: NOOP
misuse '--report: tap takes no file' chunk-send -c unix:none --report tap:x NOOP
misuse "--report: 'x' not in {text,tap,junit:FILE,html:FILE}" chunk-send -c unix:none --report x NOOP
