#!/bin/sh
# How long chunk-dump takes to show one large chunk and many small ones, and beside it xxd and
# hexdump -C, as far as they are installed.
#
# tests/bench/dump.sh BUILD [ROUNDS [MIB]]
#
# BUILD is a build directory, best one made with --buildtype=release. The programs take turns in
# each of ROUNDS (5) rounds, on a chunk of MIB (256) mebibytes, and the medians are printed.
# hexdump -C is too slow for that; it and what is compared with it read a sixteenth.
set -eu
export LC_ALL=C

if [ $# -lt 1 ]; then
  echo "usage: $0 BUILD [ROUNDS [MIB]]" >&2
  exit 2
fi
build=$1
rounds=${2:-5}
mebibytes=${3:-256}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

dump=$build/tools/chunk-dump
send=$build/tools/chunk-send
bytes=$((mebibytes * 1024 * 1024))

is_installed() {
  command -v "$1" >/dev/null
}

# Shows file $1 in every way, with $2 behind each command.
compare_views() {
  set -- "$1" "$2" \
    "chunk-dump: $dump $1 $2" \
    "chunk-dump --text: $dump --text $1 $2" \
    "chunk-dump --list: $dump --list $1 $2"
  if is_installed xxd; then set -- "$@" "xxd: xxd $1 $2"; fi
  shift 2
  "$build/tests/bench/spawn" -s -n "$rounds" -a "$mebibytes" "$@"
}

compare_with_hexdump() {
  head -c "$((bytes / 16))" "$1" >"$scratch/short"
  # A chunk that is cut is shown as far as it goes, with a failure at the end.
  "$build/tests/bench/spawn" -s -n "$rounds" -a "$((mebibytes / 16))" \
    "chunk-dump: $dump $scratch/short >/dev/null || :" \
    "hexdump -C: hexdump -C $scratch/short >/dev/null"
}

"$send" "ECHO,fill=$bytes:The quick brown fox jumps over the lazy dog. " >"$scratch/text"
{
  "$send" "ECHO,len=$bytes"
  head -c "$bytes" /dev/urandom
} >"$scratch/random"
"$send" ECHO:0123456789abcdef >"$scratch/small"
while [ "$((2 * $(wc -c <"$scratch/small")))" -le "$bytes" ]; do
  cat "$scratch/small" "$scratch/small" >"$scratch/twice"
  mv "$scratch/twice" "$scratch/small"
done

for contents in text random; do
  echo
  echo "one chunk of $mebibytes MiB of $contents, to /dev/null (MiB a second)"
  compare_views "$scratch/$contents" '>/dev/null'
  echo
  echo "one chunk of $mebibytes MiB of $contents, into a pipe (MiB a second)"
  compare_views "$scratch/$contents" '| cat >/dev/null'
done
echo
echo "about $mebibytes MiB of chunks of 16 bytes, to /dev/null (MiB a second)"
compare_views "$scratch/small" '>/dev/null'
if is_installed hexdump; then
  echo
  echo "$((mebibytes / 16)) MiB of random, to /dev/null (MiB a second)"
  compare_with_hexdump "$scratch/random"
else
  echo 'hexdump is not installed'
fi
