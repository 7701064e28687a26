#!/bin/sh
# tests/layers.sh finds a fault of each kind, planted in a copy of the tree, and nothing else.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
copy=$scratch/tree
faults=0

plant() { # FILE: adds what is on standard input to a fresh copy of the tree
  rm -rf "$copy"
  mkdir "$copy"
  cp -R "$here/../lib" "$here/../tools" "$copy"
  mkdir "$copy/tests" "$copy/man"
  mkdir -p "$(dirname -- "$copy/$1")"
  cat >>"$copy/$1"
}

expect() { # LINE...: what layers.sh prints of the copy, without its last line
  status=0
  "$here/layers.sh" "$copy" >"$scratch/out" || status=$?
  sed '$d' "$scratch/out" >"$scratch/faults"
  : >"$scratch/expected"
  if [ $# -gt 0 ]; then printf '%s\n' "$@" >"$scratch/expected"; fi
  wanted=0
  if [ $# -gt 0 ]; then wanted=1; fi
  if ! diff -u "$scratch/expected" "$scratch/faults" || [ "$status" -ne "$wanted" ]; then
    faults=$((faults + 1))
  fi
}

# finds FILE LINE FAULT: that line at the beginning of a file of its own is this fault.
finds() {
  echo "$2" | plant "$1"
  expect "$3"
}

plant lib/base/planted.cpp </dev/null
expect

finds lib/base/planted.cpp '#include <sys/types.h>' 'lib/base/planted.cpp:1: <sys/types.h> has no place in base'
finds lib/codec/planted.cpp '#include <unistd.h>' 'lib/codec/planted.cpp:1: <unistd.h> has no place in codec'
finds lib/codec/planted.cpp '#include <chrono>' 'lib/codec/planted.cpp:1: <chrono> has no place in codec'
finds lib/codec/planted.cpp '  #  include <asio/post.hpp>' 'lib/codec/planted.cpp:1: <asio/post.hpp> is only for net and session'
finds lib/base/planted.cpp '#include <fmt/core.h>' 'lib/base/planted.cpp:1: <fmt/core.h> is only for .cpp files of codec and net'
finds lib/codec/include/chunk/planted.hpp '#include <fmt/core.h>' \
  'lib/codec/include/chunk/planted.hpp:1: <fmt/core.h> is only for .cpp files of codec and net'
finds lib/net/planted.cpp '#include <openssl/ssl.h>' 'lib/net/planted.cpp:1: <openssl/ssl.h> is only for lib/net/tls/library.hpp'
finds lib/session/planted.cpp '#include <iostream>' 'lib/session/planted.cpp:1: the library does not print, so no <iostream>'
finds lib/net/planted.cpp '#include <re2/re2.h>' 'lib/net/planted.cpp:1: no layer may include <re2/re2.h>'
finds lib/codec/planted.cpp '#include "../net/resolve.hpp"' \
  'lib/codec/planted.cpp:1: "../net/resolve.hpp" goes around the include directories'
finds tools/io/planted.cpp '#include "../serve/log.hpp"' \
  'tools/io/planted.cpp:1: "../serve/log.hpp" goes around the include directories'
finds lib/net/planted.cpp '#include HEADER' 'lib/net/planted.cpp:1: cannot tell what is included: HEADER'
finds lib/planted.cpp '' 'lib/planted.cpp is in no layer'
finds tools/planted.cpp '' 'tools/planted.cpp is in no folder'
finds tools/io/planted.cpp '#include "output.hpp"' 'tools/io/planted.cpp:1: "output.hpp" does not say which folder it is in'
finds tools/io/planted.cpp '#include <openssl/ssl.h>' 'tools/io/planted.cpp:1: OpenSSL is the library'\''s, so no <openssl/ssl.h>'
finds tools/io/planted.cpp '#include <toml++/toml.h>' 'tools/io/planted.cpp:1: no tool may include <toml++/toml.h>'
finds tools/send/planted.cpp '#include <CLI/App.hpp>' 'tools/send/planted.cpp:1: <CLI/App.hpp> is only for tools/cli/command_line.cpp'
finds tests/planted.cpp '#include "net/splice.hpp"' 'tests/planted.cpp:1: "net/splice.hpp" is a private header of the library'
echo '#include "splice.hpp"' | plant tests/unit/splice_test.cpp
expect
finds tests/unit/planted_test.cpp '#include "net/splice.hpp"' \
  'tests/unit/planted_test.cpp:1: "net/splice.hpp" is a private header of the library'
finds planted.txt '' 'planted.txt is not in the layout'
yes '// a line' | head -n 60 | plant tools/chunk-dump.cpp
expect "tools/chunk-dump.cpp has $(wc -l <"$copy/tools/chunk-dump.cpp") lines, more than 60"

plant_pair() { # FUNCTION FUNCTION: each is in a file of its own, beside an unnamed namespace of a class
  printf '%s\n' 'namespace {' "$1" '  return 1;' '}' '}  // namespace' | plant tools/io/planted/a.cpp
  printf '%s\n' 'namespace {' 'class local {};' '}  // namespace' "$2" '  return 2;' '}' >"$copy/tools/io/planted_b.cpp"
}
static='static std::map<int, void (*)(int)> planted(int& value) {'
plant_pair '[[gnu::cold]] auto planted(const int& value) -> std::map<int, int> {' "$static"
expect 'tools/io/planted_b.cpp:4: planted() is in tools/io/planted/a.cpp too'
plant_pair 'int local::planted(const int& value) {' "$static"
expect
plant_pair 'const int planted = other(' "$static"
expect

plant_declared() { # DECLARATION: in a header, beside a function of the folder's file with that name
  plant tools/io/planted.hpp <<END
namespace tools::io {
$1
}  // namespace tools::io
END
  printf '%s\n' 'namespace {' 'int planted(int value) {' '  return 1;' '}' '}  // namespace' >"$copy/tools/io/file.cpp"
}
plant_declared 'std::optional<int> planted(std::span<const int> values);'
expect 'tools/io/file.cpp:2: planted() is in tools/io/planted.hpp too'
plant_declared 'class other {
  int planted(int value);
};'
expect

[ "$faults" -eq 0 ] || exit 1
