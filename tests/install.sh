#!/bin/sh
# What `meson install` leaves is whole: a program that knows only pkg-config compiles and runs.
#
# tests/install.sh BUILD COMPILER [ARGUMENT]...
set -eu

build=$1
shift # what is left is the compiler

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
root=$scratch/root

fail() {
  echo "$*" >&2
  exit 1
}

check_is_there() {
  [ -f "$1" ] || fail "not installed: ${1#"$root"}"
}

check_files() {
  for name in libchunk.a libchunk.so libchunk.so.0; do check_is_there "$libraries/$name"; done
  for file in $(cd "$source" && ls lib/*/include/chunk/*.hpp lib/*/include/chunk/*/*.hpp); do
    check_is_there "$prefix/include/chunk/${file#lib/*/include/chunk/}"
  done
  for file in "$source"/tools/chunk-*.cpp; do
    name=${file##*/}
    check_is_there "$prefix/bin/${name%.cpp}"
  done
  for file in "$source"/man/*.[1-9]; do
    [ -e "$file" ] || continue # there may be none
    check_is_there "$prefix/share/man/man${file##*.}/${file##*/}"
  done
}

check_soname() {
  readelf -d "$libraries/libchunk.so" | grep -q 'SONAME.*\[libchunk\.so\.0\]' ||
    fail 'the soname is not libchunk.so.0'
}

# Instances of templates are weak, and some of them have to be visible. All else that a program
# could bind to is in our namespace, or belongs to a sanitizer.
check_symbols() {
  nm -D --defined-only "$libraries/libchunk.so" >"$scratch/symbols"
  grep -q ' T _ZN5chunk11parse_chunkE' "$scratch/symbols" || fail 'parse_chunk() is not exported'
  awk '$2 !~ /^[VWu]$/ && $3 !~ /^_Z(T[VIST])?NK?5chunk/ && $3 !~ /^__.*[au][bs]?san/' \
    "$scratch/symbols" >"$scratch/strangers"
  [ ! -s "$scratch/strangers" ] || fail "also exported: $(cat "$scratch/strangers")"

  internal=' T _ZN5chunk11make_socketE'
  nm --defined-only "$libraries/libchunk.a" 2>/dev/null | grep -q "$internal" ||
    fail 'make_socket() is gone, so take another internal function for this check'
  if grep -q "$internal" "$scratch/symbols"; then fail 'make_socket() is exported'; fi
}

check_program() {
  cat >"$scratch/program.cpp" <<'END'
#include <chunk/framing.hpp>
#include <chunk/notation.hpp>
#include <iostream>
int main() {
  const auto sum = chunk::value_or_throw(chunk::parse_chunk("CMPU:OPER=+:OPND=3:OPND=%34"));
  const auto image = chunk::value_or_throw(chunk::encode(sum, nullptr));
  std::vector<std::byte> wire(image.size());
  std::span<const std::byte> input(wire.data(), image.read(0, wire));
  chunk::part part;
  if (!chunk::value_or_throw(chunk::decoder().next(input, part))) return 1;
  const auto subchunks = chunk::value_or_throw(chunk::split(part.payload));
  std::cout << wire.size() << ' ' << to_text(part.head.id, subchunks) << '\n';
}
END
  flags=$(PKG_CONFIG_PATH=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root \
    pkg-config --cflags --libs libchunk)
  # shellcheck disable=SC2086 # a list of flags
  "$@" -std=c++20 -Wall -Wextra -Werror "$scratch/program.cpp" -o "$scratch/program" $flags
  readelf -d "$scratch/program" | grep -q 'NEEDED.*\[libchunk\.so\.0\]' ||
    fail 'the program does not use the shared library'
  output=$(LD_LIBRARY_PATH=$libraries "$scratch/program")
  [ "$output" = '35 CMPU:OPER=+:OPND=3:OPND=4' ] || fail "the program printed: $output"
}

meson install -C "$build" --destdir "$root" --no-rebuild --quiet
description=$(find "$root" -name libchunk.pc)
[ -n "$description" ] || fail 'not installed: libchunk.pc'
libraries=${description%/pkgconfig/libchunk.pc}
prefix=${libraries%/lib*}

check_files
check_soname
check_symbols
check_program "$@"
