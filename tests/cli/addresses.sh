#!/bin/sh
# Every tool refuses what is not an address, or one that cannot be used, with status 2.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

long=$(printf '%0108d' 0)
# refuses MESSAGE ADDRESS
refuses() {
  for command in 'chunk-send NOOP --connect' 'chunk-send NOOP --listen' 'chunk-recv --connect' \
    'chunk-recv --listen' 'chunk-dump --connect' 'chunk-dump --listen' chunk-serve; do
    # shellcheck disable=SC2086 # a command with its arguments
    run $command "$2"
    expect_status 2
    expect_no_out
    expect_err "${command%% *}: $1"
  done
}

refuses "'nothing': not an address; try unix:PATH, tcp:HOST:PORT or a path with a /" nothing
refuses "'unix:': the name is missing" unix:
refuses "'unix:$long': 108 bytes, a socket's name has at most 107" "unix:$long"
refuses "'abstract:$long': 108 bytes, a socket's name has at most 107" "abstract:$long"
refuses "'tcp:localhost': needs HOST:PORT" tcp:localhost
refuses "'tcp:localhost:65536': the port is a number from 0 to 65535" tcp:localhost:65536
refuses "'tcp:::1:80': an IPv6 address goes in brackets, as in tcp:[::1]:7000" tcp:::1:80
refuses "'vsock:1:x': CID and PORT are numbers below 4294967296" vsock:1:x
refuses "'fd:x': needs the number of an open descriptor" fd:x

# A descriptor is one that was passed to the tool, never one that it has opened itself.
for number in 3 4 5 6 7 8 9; do
  run chunk-recv -c "fd:$number" 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
  expect_status 3
  expect_no_out
  expect_err "chunk-recv: fd:$number: bad file descriptor"
  run chunk-serve "fd:$number" 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
  expect_status 3
  expect_err "chunk-serve: fd:$number: bad file descriptor"
  run chunk-recv -l unix:socket --ready-fd "$number" 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
  expect_status 6
  expect_err "chunk-recv: --ready-fd $number: bad file descriptor"
  printf 'a> connect:fd:%s\na> NOOP\n' "$number" >script
  run chunk-send -f script 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
  expect_status 3
done
[ ! -e socket ] || fail 'a server has listened'

# One that is open in the other direction only is no reason to wait.
run timeout 5 sh -c 'chunk-send -c fd:3 NOOP expect:NOOP 3>out'
expect_status 6
run timeout 5 sh -c ': >empty; chunk-send -c fd:3 NOOP 3<empty'
case $status in 0 | 124) fail "status $status" ;; esac
run timeout 5 sh -c '{ chunk-send -c fd:1 NOOP; echo "status $?" >&3; } 3>told | cat'
expect_file told 'status 6'

# What is announced is an address that can be given to another tool, and ends with it.
name=$(printf 'unix:./\303\251 %%41')
mkfifo announced
chunk-serve "$name" --ready-fd 3 3>announced 2>log &
pid=$!
own "$pid"
cat announced >told
expect_file told "$name"
chunk-send -c "$(cat told)" NOOP | chunk-recv -F text >out
expect_out NOOP
stop "$pid"
expect_status 0
