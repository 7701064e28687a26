#!/bin/sh
# Measures how fast a large stream passes through chunk-dump --tap --summary, compared with a direct
# connection and other relays if they are installed.
#
# tests/bench/tap.sh BUILD [ROUNDS [MIB]]
#
# BUILD is a build directory, best one made with --buildtype=release. Sender and receiver are
# chunk-send and chunk-recv -F none. The ways take turns in each of ROUNDS (5) rounds, on about MIB
# (1024) mebibytes, and the medians are printed.
set -eu
export LC_ALL=C

if [ $# -lt 1 ]; then
  echo "usage: $0 BUILD [ROUNDS [MIB]]" >&2
  exit 2
fi
build=$1
rounds=${2:-5}
mebibytes=${3:-1024}

scratch=$(mktemp -d)
relays=
clean_up() {
  for each in $relays; do kill "$each" 2>/dev/null || :; done
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

send=$build/tools/chunk-send
recv=$build/tools/chunk-recv
dump=$build/tools/chunk-dump
mkfifo "$scratch/ready"

# Fills file $1 with MIB mebibytes of chunks of $2 bytes, and sets `chunks` to their number.
fill() {
  chunks=1
  "$send" "ECHO,fill=$2:0123456789abcdef" >"$1"
  while [ "$(wc -c <"$1")" -lt "$((mebibytes * 1024 * 1024))" ]; do
    cat "$1" "$1" >"$1.twice"
    mv "$1.twice" "$1"
    chunks=$((2 * chunks))
  done
}

# start_tap LISTEN UPSTREAM OPTION...: starts a tap and sets `through` to its address.
start_tap() {
  "$dump" --tap "$@" --ready-fd 3 >/dev/null 3>"$scratch/ready" &
  relays="$relays $!"
  read -r through <"$scratch/ready"
}

# Makes a command line that receives at $1, and sends to $2 once it listens, which is recognised by $3
# in /proc/net.
way() {
  echo "rm -f $scratch/direct; $recv -F none -l $1 & until grep -q '$3' /proc/net/unix" \
    "/proc/net/tcp; do :; done; $send -c $2 <$file && wait \$!"
}

# compare PORT: compares over Unix sockets, and then over TCP with a receiver at that port.
compare() {
  at_unix=" 00010000 .* $scratch/direct\$"
  at_tcp=$(printf ': 0100007F:%04X 00000000:0000 0A' "$1")
  set -- "$1" "direct, Unix: $(way "unix:$scratch/direct" "unix:$scratch/direct" "$at_unix")"
  for view in --summary --list; do
    start_tap "unix:$scratch/tap$view" "unix:$scratch/direct" "$view"
    set -- "$@" "chunk-dump --tap $view, Unix: $(way "unix:$scratch/direct" "$through" "$at_unix")"
  done
  if command -v socat >/dev/null; then
    socat -b 131072 "UNIX-LISTEN:$scratch/socat,fork" "UNIX-CONNECT:$scratch/direct" &
    relays="$relays $!"
    set -- "$@" "socat -b 131072, Unix: $(way "unix:$scratch/direct" "unix:$scratch/socat" "$at_unix")"
  fi
  port=$1
  shift
  set -- "$@" "direct, TCP: $(way "tcp:127.0.0.1:$port" "tcp:127.0.0.1:$port" "$at_tcp")"
  start_tap tcp:127.0.0.1:0 "tcp:127.0.0.1:$port" --summary
  set -- "$@" \
    "chunk-dump --tap --summary, TCP: $(way "tcp:127.0.0.1:$port" "$through" "$at_tcp")"
  "$build/tests/bench/spawn" -s -n "$rounds" -a "$chunks" "$@"
}

# Finds a port that is free now.
free_port() {
  "$recv" -F none -l tcp:127.0.0.1:0 --ready-fd 3 3>"$scratch/ready" &
  read -r free <"$scratch/ready"
  kill "$!"
  wait "$!" 2>/dev/null || :
  echo "${free##*:}"
}
port=$(free_port)

file=$scratch/large
fill "$file" 1048576
echo "$chunks chunks of 1 MiB (MiB a second)"
compare "$port"
for each in $relays; do kill "$each"; done
relays=

rm "$file"
file=$scratch/small
mebibytes=$((mebibytes / 8))
fill "$file" 56
echo
echo "$chunks chunks of 56 bytes (chunks a second)"
rm -f "$scratch/socat"
compare "$port"
