#!/bin/sh
# Measures how long each tool takes to start and do almost nothing, compared with other programs if they
# are installed.
#
# tests/bench/start.sh BUILD [ROUNDS]
#
# BUILD is a build directory, best one made with --buildtype=release. The programs take turns in
# each of ROUNDS (300) rounds, with /dev/null as their input and output.
set -eu
export LC_ALL=C

if [ $# -lt 1 ]; then
  echo "usage: $0 BUILD [ROUNDS]" >&2
  exit 2
fi
tools=$1/tools
spawn=$1/tests/bench/spawn
rounds=${2:-300}

# The times of all others are given relative to the first.
set --
if command -v nc >/dev/null; then set -- 'nc -h'; fi
set -- "$@" '/bin/true'
for tool in send recv dump serve; do
  set -- "$@" "chunk-$tool --version: $tools/chunk-$tool --version"
done
set -- "$@" \
  "chunk-send NOOP >/dev/null: $tools/chunk-send NOOP" \
  "chunk-recv </dev/null: $tools/chunk-recv" \
  "chunk-dump </dev/null: $tools/chunk-dump"
if command -v xxd >/dev/null; then set -- "$@" 'xxd </dev/null: xxd'; fi
if command -v socat >/dev/null; then set -- "$@" 'socat -V'; fi
"$spawn" -n "$rounds" "$@"
