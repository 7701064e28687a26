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
