#!/bin/sh
# Measures how fast the tools pass on large streams, from files, through pipes and over sockets,
# compared with cat, nc and socat if they are installed.
#
# tests/bench/stream.sh BUILD [ROUNDS [MIB]]
#
# BUILD is a build directory, best one made with --buildtype=release. The programs take turns in
# each of ROUNDS (5) rounds, on about MIB (1024) mebibytes, and the medians are printed.
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
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

send=$build/tools/chunk-send
recv=$build/tools/chunk-recv
socket=$scratch/socket

is_installed() {
  command -v "$1" >/dev/null
}

# Repeats the one chunk in file $1 up to almost MIB mebibytes, and sets `chunks` to their number.
repeat_chunk() {
  chunks=1
  while [ "$((2 * $(wc -c <"$1")))" -le "$(((mebibytes + 1) * 1024 * 1024))" ]; do
    cat "$1" "$1" >"$1.twice"
    mv "$1.twice" "$1"
    chunks=$((2 * chunks))
  done
}

# Times commands that each process an amount $1.
compare() {
  amount=$1
  shift
  "$build/tests/bench/spawn" -s -n "$rounds" -a "$amount" "$@"
}

# Makes a command line that starts receiver $1, waits for it to listen, and runs sender $2.
over_socket() {
  echo "rm -f $socket; $1 & until grep -q ' 00010000 .* $socket\$' /proc/net/unix; do :; done;" \
    "$2 && wait \$!"
}

# The same for the TCP port 17000 of the loopback address, which is 4268 there.
over_tcp() {
  echo "$1 & until grep -q ' 0100007F:4268 00000000:0000 0A' /proc/net/tcp; do :; done;" \
    "$2 && wait \$!"
}

"$send" ECHO:0123456789abcdef >"$scratch/small"
repeat_chunk "$scratch/small"
echo "$chunks chunks of 16 bytes (chunks a second)"
file=$scratch/small
compare "$chunks" \
  "chunk-recv <file >/dev/null: $recv <$file >/dev/null" \
  "chunk-recv -F none <file: $recv -F none <$file" \
  "chunk-recv -F payload <file >/dev/null: $recv -F payload <$file >/dev/null" \
  "chunk-recv --skip NOOP <file >/dev/null: $recv --skip NOOP <$file >/dev/null" \
  "chunk-recv -F text <file >/dev/null: $recv -F text <$file >/dev/null" \
  "chunk-send <file >/dev/null: $send <$file >/dev/null" \
  "chunk-send <file | chunk-recv -F none: $send <$file | $recv -F none" \
  "cat file | cat >/dev/null: cat $file | cat >/dev/null"

"$send" ECHO,fill=1048576:0123456789abcdef >"$scratch/large"
repeat_chunk "$scratch/large"
file=$scratch/large
echo
echo "$chunks chunks of 1 MiB, from a file and through a pipe (MiB a second)"
compare "$chunks" \
  "chunk-recv <file >/dev/null: $recv <$file >/dev/null" \
  "chunk-recv -F none <file: $recv -F none <$file" \
  "chunk-send <file >/dev/null: $send <$file >/dev/null" \
  "chunk-send <file | chunk-recv -F none: $send <$file | $recv -F none" \
  "cat file | chunk-recv | cat >/dev/null: cat $file | $recv | cat >/dev/null" \
  "cat file | cat >/dev/null: cat $file | cat >/dev/null" \
  "cat file | cat | cat >/dev/null: cat $file | cat | cat >/dev/null"

# From file to file. The output file exists already, so that all commands do the same.
out=$scratch/out
cp "$file" "$out"

echo
echo "$chunks chunks of 1 MiB, from file to file through a pipe (MiB a second)"
set -- "chunk-send | chunk-recv: $send <$file | $recv >$out" "cat | cat: cat <$file | cat >$out"
if is_installed socat; then
  set -- "$@" "socat -b 1048576 | socat: socat -b 1048576 -u OPEN:$file STDOUT | \
    socat -b 1048576 -u STDIN CREATE:$out"
fi
compare "$chunks" "$@"

echo
echo "$chunks chunks of 1 MiB, from file to file over a Unix socket (MiB a second)"
set -- "chunk-send, chunk-recv: $(over_socket "$recv -l unix:$socket >$out" \
  "$send -c unix:$socket <$file")"
if is_installed nc; then
  set -- "$@" "nc: $(over_socket "nc -dlU $socket >$out" "nc -NU $socket <$file")"
fi
if is_installed socat; then
  set -- "$@" "socat -b 1048576: $(over_socket "socat -b 1048576 -u UNIX-LISTEN:$socket CREATE:$out" \
    "socat -b 1048576 -u OPEN:$file UNIX-CONNECT:$socket")"
fi
compare "$chunks" "$@"

echo
echo "$chunks chunks of 1 MiB, from file to file over TCP (MiB a second)"
set -- "chunk-send, chunk-recv: $(over_tcp "$recv -l tcp:127.0.0.1:17000 >$out" \
  "$send -c tcp:127.0.0.1:17000 <$file")"
if is_installed nc; then
  set -- "$@" "nc: $(over_tcp "nc -dl 127.0.0.1 17000 >$out" "nc -N 127.0.0.1 17000 <$file")"
fi
if is_installed socat; then
  set -- "$@" "socat -b 1048576: $(over_tcp \
    "socat -b 1048576 -u TCP-LISTEN:17000,bind=127.0.0.1,reuseaddr CREATE:$out" \
    "socat -b 1048576 -u OPEN:$file TCP:127.0.0.1:17000")"
fi
compare "$chunks" "$@"
