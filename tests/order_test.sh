#!/bin/sh
# An include or a call against the order of the folders does not compile or does not link.
#
# tests/order_test.sh BUILD COMPILER [ARGUMENT]...
set -eu

build=$1
shift # what is left is the compiler

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "$*" >&2
  exit 1
}

# flags_of LIBRARY: how the build compiles the files of a library, without source and output.
flags_of() {
  jq -er --arg objects "$1.p/" \
    '[.[] | select(.output | startswith($objects))][0].command' "$build/compile_commands.json" |
    sed 's/ -MD .*//'
}

# compiles LIBRARY: compiles what is on standard input as a file of the library.
compiles() {
  cat >"$scratch/planted.cpp"
  (cd "$build" && eval "$(flags_of "$1") -fsyntax-only '$scratch/planted.cpp'") 2>"$scratch/err"
}

# refuses LIBRARY HEADER OWN: a file of the library finds its own header, and not that one.
refuses() {
  echo "#include $3" | compiles "$1" || fail "$1: $3 is not found: $(cat "$scratch/err")"
  if echo "#include $2" | compiles "$1"; then fail "$1 may include $2"; fi
  name=$(echo "$2" | tr -d '<>"')
  grep -q "$name.*\(No such file\|not found\)" "$scratch/err" ||
    fail "$1: including $2 failed for another reason: $(cat "$scratch/err")"
  sed -n '1p' "$scratch/err"
}

refuses lib/base/libchunk-base.a '<chunk/framing.hpp>' '<chunk/error.hpp>'
refuses lib/codec/libchunk-codec.a '<chunk/net/transport.hpp>' '<chunk/framing.hpp>'
refuses lib/net/libchunk-net.a '<chunk/session/chunk_reader.hpp>' '<chunk/net/transport.hpp>'
refuses tools/io/libio.a '"cli/status.hpp"' '"io/output.hpp"'
refuses tools/cli/libcli.a '"format/base64.hpp"' '"cli/status.hpp"'
refuses tools/format/libformat.a '"script/language/words.hpp"' '"format/base64.hpp"'
refuses tools/script/libscript.a '"send/histogram.hpp"' '"script/language/words.hpp"'
refuses tools/dump/libdump.a '"serve/log.hpp"' '"dump/first_look.hpp"'
refuses tools/recv/librecv.a '"dump/first_look.hpp"' '"recv/split_sink.hpp"'
refuses tools/send/libsend.a '"recv/split_sink.hpp"' '"send/histogram.hpp"'
refuses tools/serve/libserve.a '"send/histogram.hpp"' '"serve/number.hpp"'

# A function that is declared by hand is not found by the linker: base has nothing of net.
links() {
  call=$1
  shift
  cat >"$scratch/call.cpp" <<END
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
namespace chunk {
std::string quoted(std::string_view);
namespace net {
std::optional<std::array<std::uint8_t, 16>> parse_ip_address(std::string_view);
}
}
int main() { return $call ? 0 : 1; }
END
  "$@" -std=c++20 "$scratch/call.cpp" "$build/lib/base/libchunk-base.a" -o "$scratch/call" 2>"$scratch/err"
}
links '!chunk::quoted("").empty()' "$@" || fail "base does not link: $(cat "$scratch/err")"
if links 'chunk::net::parse_ip_address("")' "$@"; then fail 'base has something of net'; fi
grep 'undefined.*chunk::net::parse_ip_address' "$scratch/err" ||
  fail "linking failed for another reason: $(cat "$scratch/err")"
