#!/bin/sh
# Measures how long chunk-dump takes to show one large chunk and many small ones, and to list a file of
# which it reads little; compares it with xxd, hexyl, hexdump -C and fq if they are installed.
#
# tests/bench/dump.sh BUILD [ROUNDS [MIB]]
#
# BUILD is a build directory, best one made with --buildtype=release. The programs take turns in
# each of ROUNDS (5) rounds, on MIB (256) mebibytes, and the medians are printed. Most other programs
# are too slow for that; they, and the chunk-dump compared with them, read a sixteenth of it, and fq,
# which does not know chunks and shows only bytes, a 256th.
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

# Times commands that each show $1 mebibytes.
time_commands() {
  amount=$1
  shift
  "$build/tests/bench/spawn" -s -n "$rounds" -a "$amount" "$@"
}

# Shows file $1 in every format, with $2 appended to each command.
compare_views() {
  set -- "$1" "$2" \
    "chunk-dump: $dump $1 $2" \
    "chunk-dump --text: $dump --text $1 $2" \
    "chunk-dump --json: $dump --json $1 $2" \
    "chunk-dump --list: $dump --list $1 $2" \
    "chunk-dump --summary: $dump --summary $1 $2"
  if is_installed xxd; then set -- "$@" "xxd: xxd $1 $2"; fi
  shift 2
  time_commands "$mebibytes" "$@"
}

# Compares chunk-dump with command $2 on the beginning of file $1, a fraction of 1/$3.
compare_with_slow() {
  if ! is_installed "${2%% *}"; then
    echo "${2%% *} is not installed"
    return
  fi
  head -c "$((bytes / $3))" "$1" >"$scratch/part"
  # The last chunk is truncated, which gives a failure at the end.
  time_commands "$((bytes / $3 / 1024))" \
    "chunk-dump: $dump $scratch/part >/dev/null || :" \
    "$2: $2 $scratch/part >/dev/null"
}

# Lists three chunks of a gibibyte each in a sparse file.
list_sparse() {
  for gibibytes in 1 2 3; do
    "$send" "BIG$gibibytes,len=$((1024 * 1024 * 1024 - 8))" >>"$scratch/sparse"
    truncate -s "${gibibytes}G" "$scratch/sparse"
  done
  "$build/tests/bench/spawn" -n "$((20 * rounds))" \
    "start-up: $dump --list /dev/null" \
    "chunk-dump --list: $dump --list $scratch/sparse" \
    "chunk-dump --summary: $dump --summary $scratch/sparse"
}

"$send" "ECHO,fill=$bytes:The quick brown fox jumps over the lazy dog. " >"$scratch/text"
{
  "$send" "ECHO,len=$bytes"
  head -c "$bytes" /dev/urandom
} >"$scratch/random"
"$send" ECHO,fill=56:0123456789abcdef >"$scratch/small"
while [ "$(wc -c <"$scratch/small")" -lt "$bytes" ]; do
  cat "$scratch/small" "$scratch/small" >"$scratch/twice"
  mv "$scratch/twice" "$scratch/small"
done
truncate -s "$bytes" "$scratch/small"

for contents in text random; do
  echo
  echo "one chunk of $mebibytes MiB of $contents, to /dev/null (MiB a second)"
  compare_views "$scratch/$contents" '>/dev/null'
  echo
  echo "one chunk of $mebibytes MiB of $contents, into a pipe (MiB a second)"
  compare_views "$scratch/$contents" '| cat >/dev/null'
done
echo
echo "$((bytes / 64)) chunks of 64 bytes, to /dev/null (MiB a second)"
compare_views "$scratch/small" '>/dev/null'
echo
echo "parts of random, to /dev/null (KiB a second)"
compare_with_slow "$scratch/random" 'hexyl' 16
compare_with_slow "$scratch/random" 'hexdump -C' 16
compare_with_slow "$scratch/random" 'fq -d bytes hd' 256
echo
echo 'a sparse file of 3 GiB, to /dev/null'
list_sparse
