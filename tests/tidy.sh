#!/bin/sh
# Runs clang-tidy with the checks of .clang-tidy over the library and the tools, or over the folders that
# are given, and ends with a status above 0 if it finds something. It takes longer than to compile
# everything.
#
# tests/tidy.sh [FOLDER]...      such as lib/net
#
# CHUNK_BUILD  the build directory, instead of build-tidy in the source tree
set -eu

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
build=${CHUNK_BUILD:-$source/build-tidy}
# Files that are compiled together are checked together. With optimization these are all of a folder.
[ -e "$build/build.ninja" ] || CXX=clang++-19 meson setup -Dtests=false -Doptimization=g "$build" "$source" >&2
build=$(CDPATH='' cd -- "$build" && pwd -P)

[ $# -gt 0 ] || set -- lib tools
for folder; do
  if ! grep -Eq "\"file\": \"([^\"]*/)?$folder/" "$build/compile_commands.json"; then
    echo "tidy.sh: nothing is compiled in $folder" >&2
    exit 1
  fi
done
folders=$(printf '%s/|' "$@")
exec run-clang-tidy-19 -quiet -p "$build" -config-file "$source/.clang-tidy" \
  "^($source|$build)/(${folders%|})"
