#!/bin/sh
# What `meson install` leaves is whole: programs that know only pkg-config compile and run, in C, in
# C++ and in Python. They are those of libchunk(3) and of the README, as printed there.
#
# tests/install.sh BUILD COMPILER [ARGUMENT]...
set -eu

build=$1
shift # what is left is the compiler

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
samples=$source/tests/data
whole='d1 d2 evil rep req' # of the samples, those that end between two chunks
all="$whole corrupt trunc"
scratch=$(mktemp -d)
server=
finish() {
  status=$?
  [ -z "$server" ] || kill "$server" 2>/dev/null || :
  rm -rf "$scratch"
  exit "$status"
}
trap finish EXIT
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
  for name in libchunk.a libchunk.so libchunk.so.0 libchunk-net.a pkgconfig/libchunk-net.pc; do
    check_is_there "$libraries/$name"
  done
  for file in $(cd "$source" && ls lib/*/include/chunk/*.h* lib/*/include/chunk/*/*.hpp); do
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

# libchunk(3) says that the tools use no other headers than those it lists.
check_page() {
  for file in $(cd "$source" && ls lib/*/include/chunk/*.h* lib/*/include/chunk/*/*.hpp); do
    header=${file#lib/*/include/}
    case $header in */asio_config.hpp) continue ;; esac # no more than a check
    grep -qx "\.In $header" "$source/man/libchunk.3" || fail "libchunk(3) does not list $header"
  done
}

check_soname() {
  readelf -d "$libraries/libchunk.so" | grep -q 'SONAME.*\[libchunk\.so\.0\]' ||
    fail 'the soname is not libchunk.so.0'
}

# Prints the example of libchunk(3) that contains a text.
example() {
  awk -v with="$1" '
    /^\.Bd -literal/ { inside = 1; text = ""; next }
    /^\.Ed/ { if (inside && index(text, with)) { printf "%s", text; exit } inside = 0 }
    inside { gsub(/\\e/, "\\"); gsub(/\\-/, "-"); gsub(/\\&/, ""); text = text $0 "\n" }
  ' "$source/man/libchunk.3"
}

package() {
  PKG_CONFIG_PATH=$libraries/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root pkg-config "$@"
}

# The compiler of the library is taken for C as well only where its sanitizers are needed.
compile_c() {
  [ -n "$sanitized" ] || set -- cc
  # shellcheck disable=SC2086 # a list of flags
  "$@" -x c -std=c11 -pedantic-errors -Wall -Wextra -Werror "$scratch/$name.c" -Wno-unused-command-line-argument -x none \
    -o "$scratch/$name" $flags
}

compile_cxx() {
  # shellcheck disable=SC2086 # lists of flags
  "$@" -std=c++20 -Wall -Wextra -Werror $before "$scratch/$name.cpp" -o "$scratch/$name" $flags
}

uses_shared() {
  readelf -d "$scratch/$1" | grep -q 'NEEDED.*\[libchunk\.so\.0\]' ||
    fail "$1 does not use the shared library"
}

# Runs a program on samples: it prints what chunk-dump does with the argument $dumps, and its last word is
# the reason where the stream is not in order.
check_listing() { # NAME SAMPLES COMMAND...
  what=$1
  names=$2
  shift 2
  for sample in $names; do
    sample=$samples/$sample.chunk
    "$prefix/bin/chunk-dump" -p none -m 65535 "$dumps" "$sample" 2>"$scratch/reason" >"$scratch/list" || :
    case $dumps in
      --list) awk '$2 !~ /^\(/ { print $2, $3 }' "$scratch/list" ;;
      --text) grep -v '^raw-send:' "$scratch/list" ;; # the header that was refused
    esac >"$scratch/expected"
    sed "s|^chunk-dump: $sample: ||" "$scratch/reason" >>"$scratch/expected"
    "$@" <"$sample" 2>"$scratch/reason" >"$scratch/output" || :
    tail -n 1 "$scratch/reason" | sed 's/^ValueError: //' >>"$scratch/output"
    diff -u "$scratch/expected" "$scratch/output" || fail "$what lists $sample otherwise"
  done
}

# What foreign programs have written, and foreign parsers have listed with the level, the offset, the ID,
# the length and the payload of each chunk: all but lengths that reach to the end of the file.
framed='postgres.server mqtt.client http2.client radius.client riff.wav-info mp4.fragments png i3.client'

check_c() {
  dumps=--list
  name=client
  example '<chunk/chunk.h>' >"$scratch/$name.c"
  flags=$(package --cflags --libs libchunk)
  compile_c "$@"
  uses_shared $name
  check_listing "the C program" "$all" "$scratch/$name"
  for sample in $framed; do
    awk '{ print $1, $5 }' "$samples/framings/$sample.list" >"$scratch/expected"
    "$scratch/$name" "${sample%%.*}" <"$samples/framings/$sample.bin" |
      awk '{ print (match($0, /[^ ]/) - 1) / 2, $NF }' >"$scratch/output"
    diff -u "$scratch/expected" "$scratch/output" || fail "the C program lists $sample otherwise"
  done
  "$scratch/$name" http2 <"$samples/framings/http2.client.bin" >"$scratch/output"
  grep -qx 'HEADERS flags=4 stream=1 6' "$scratch/output" || fail "no fields: $(cat "$scratch/output")"

  # The header is C++ as well.
  echo '#include <chunk/chunk.h>' >"$scratch/light.cpp"
  # shellcheck disable=SC2046 # a list of flags
  "$@" -std=c++11 -pedantic-errors -Wall -Wextra -Werror -fsyntax-only "$scratch/light.cpp" \
    $(package --cflags libchunk)
}

# The program that queries PostgreSQL, with a fake server.
check_query() {
  name=query
  example '<sys/socket.h>' >"$scratch/$name.c"
  flags=$(package --cflags --libs libchunk)
  compile_c "$@"
  cat >"$scratch/fake.script" <<'END'
expect::%00%03%00%00user%00postgres%00%00
R:%00%00%00%00
S:a%00on%00
Z:I
expect:Q:select%00
slice:3
T:%00%00
D:%00%03%00%00%00%011%ff%ff%ff%ff%00%00%00%05a row
D:%00%01%00%00%00%012
C:SELECT 2%00
E:SERROR%00Mno%00%00
Z:I
expect:X
END
  cd "$scratch"
  "$prefix/bin/chunk-serve" -q -p postgres --script fake.script ./fake.sock 2>fake.log &
  server=$!
  "$prefix/bin/chunk-send" wait-for:./fake.sock >output
  status=0
  ./$name fake.sock select >output 2>reason || status=$?
  [ "$status" -eq 1 ] || fail "the program for PostgreSQL ended with status $status: $(cat reason fake.log)"
  printf '1\t\ta row\n2\n' | diff -u - output || fail 'the program for PostgreSQL prints other rows'
  echo 'E:SERROR%00Mno%00%00' | diff -u - reason || fail 'the program for PostgreSQL says something else'
  kill "$server"
  wait "$server" || :
  server=
}

check_python() {
  if [ -n "$sanitized" ] || ! command -v python3 >/dev/null; then
    echo 'install.sh: no check in Python: there is none, or not with sanitizers' >&2
    return
  fi
  dumps=--text
  example 'import ctypes' >"$scratch/client.py"
  # It shows whole chunks only.
  check_listing "the Python program" "$whole corrupt" python3 "$scratch/client.py" none
  if python3 "$scratch/client.py" none <"$samples/trunc.chunk" >"$scratch/output" 2>"$scratch/reason"; then
    fail 'the Python program takes a stream for whole that is not'
  fi
  grep -q '^ValueError: truncated at byte 0x19: CMPU declares 27 bytes, 15 are there$' \
    "$scratch/reason" || fail "the Python program said: $(cat "$scratch/reason")"
  for text in NOOP ECHO:hi CMPU:OPER=+:OPND=3:OPND=4 'ECHO:%00%ff%25'; do
    python3 "$scratch/client.py" none "$text" >"$scratch/encoded"
    "$prefix/bin/chunk-send" "$text" | cmp - "$scratch/encoded" || fail "Python encodes $text otherwise"
  done
  for sample in $framed; do
    file=$samples/framings/$sample.bin
    python3 "$scratch/client.py" "${sample%%.*}" <"$file" >"$scratch/texts"
    set --
    while IFS= read -r text; do set -- "$@" "$text"; done <"$scratch/texts"
    python3 "$scratch/client.py" "${sample%%.*}" "$@" >"$scratch/encoded"
    # What stands before the first chunk is not shown.
    tail -c "$(wc -c <"$scratch/encoded")" "$file" | cmp - "$scratch/encoded" ||
      fail "Python makes other bytes of the texts of $sample"
  done
  python3 "$scratch/client.py" http2 <"$samples/framings/http2.client.bin" >"$scratch/texts"
  grep -q '^HEADERS,flags=4,stream=1:' "$scratch/texts" || fail "Python shows no fields: $(cat "$scratch/texts")"
  # Python's own module, up to 3.12, reads such streams as well, but says nothing of IDs that are no
  # text or of an end inside a chunk.
  cat >"$scratch/own.py" <<'END'
import sys, warnings
warnings.simplefilter("ignore")
import chunk
while True:
    try:
        each = chunk.Chunk(sys.stdin.buffer, align=False, bigendian=False)
    except EOFError:
        break
    print(each.getname().decode("latin-1"), each.getsize())
    each.skip()
END
  if ! python3 -W ignore -c 'import chunk' 2>/dev/null; then return; fi
  for sample in d1 d2 rep req; do
    python3 "$scratch/own.py" <"$samples/$sample.chunk" >"$scratch/expected"
    "$scratch/client" <"$samples/$sample.chunk" >"$scratch/output"
    cmp "$scratch/expected" "$scratch/output" || fail "Python's chunk module reads $sample.chunk otherwise"
  done
}

check_cxx() {
  flags=$(package --cflags --libs libchunk)
  before=
  dumps=--list
  name=decoder
  example 'chunk::decoder decoder' >"$scratch/$name.cpp"
  compile_cxx "$@"
  uses_shared $name
  check_listing "the C++ program" "$all" "$scratch/$name"

  name=channel
  example '<chunk/channel.hpp>' >"$scratch/$name.cpp"
  compile_cxx "$@"
  "$scratch/$name" <"$samples/req.chunk" >"$scratch/copy"
  cmp "$scratch/copy" "$samples/req.chunk" ||
    fail 'the program with a channel does not send back what came'

  name=fields
  example 'find_protocol("http2")' >"$scratch/$name.cpp"
  compile_cxx "$@"
  "$scratch/$name" <"$samples/framings/http2.client.bin" >"$scratch/output"
  grep -qx 'HEADERS flags=4 stream=1' "$scratch/output" ||
    fail "the program for HTTP/2 printed: $(cat "$scratch/output")"

  name=notation
  example '<chunk/notation.hpp>' >"$scratch/$name.cpp"
  compile_cxx "$@"
  output=$("$scratch/$name" 2>&1 >/dev/null)
  [ "$output" = 'ECHO:hi there!' ] || fail "the program with the notation printed: $output"

  name=readme
  # shellcheck disable=SC2016 # the backquotes are what is looked for
  sed -n '/^```cpp$/,/^```$/p' "$source/README.md" | sed '/^```/d' >"$scratch/$name.cpp"
  compile_cxx "$@"
  output=$("$scratch/$name")
  [ "$output" = "$(printf 'NOOP 0\nECHO 2')" ] || fail "the README's program printed: $output"
}

# An exception has to be known on both sides of the shared library.
check_exceptions() {
  name=exceptions
  cat >"$scratch/$name.cpp" <<'END'
#include <chunk/channel.hpp>
int main() try {
  chunk::channel(-1).receive();
  return 1;
} catch (const chunk::local_failure&) {
  return 2;
} catch (const chunk::failure& reason) {
  return reason.code() == std::errc::bad_file_descriptor ? 0 : 3;
}
END
  compile_cxx "$@"
  "$scratch/$name" || fail "an exception of the library is not caught as it should be: $?"
}

# The program that takes chunks apart does not pay for anything else.
check_weight() {
  echo '#include <chunk/framing.hpp>' >"$scratch/light.cpp"
  # shellcheck disable=SC2086 # a list of flags
  "$@" -std=c++20 -E -P "$scratch/light.cpp" $flags >"$scratch/light.ii"
  lines=$(wc -l <"$scratch/light.ii")
  [ "$lines" -lt 45000 ] || fail "chunk/framing.hpp is $lines lines of preprocessed code"
  # shellcheck disable=SC2086
  "$@" -std=c++20 -M "$scratch/light.cpp" $flags >"$scratch/light.d"
  if grep -E 'asio|fmt/|toml|/regex|/iostream' "$scratch/light.d"; then
    fail 'chunk/framing.hpp includes what it should not'
  fi
}

# Whether Asio is included before our headers or behind them makes no difference with the flags of the
# package, and without them nothing compiles.
check_net() {
  flags=$(package --cflags --libs libchunk-net)
  name=server
  example '<chunk/session/server.hpp>' >"$scratch/$name.cpp"
  before=
  compile_cxx "$@"
  name=asker
  example '<chunk/session/chunk_reader.hpp>' >"$scratch/$name.cpp"
  before='-include asio/co_spawn.hpp'
  compile_cxx "$@"
  uses_shared $name

  cd "$scratch"
  ./server &
  server=$!
  tries=0
  until [ -S echo.sock ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || fail 'the server does not listen'
    sleep 0.05
  done
  output=$(./asker)
  [ "$output" = 'ECHO 0' ] || fail "the program that asks the server printed: $output"
  kill "$server"
  wait "$server" || fail 'the server has not ended well'
  server=

  for header in "$source"/lib/*/include/chunk/*/*.hpp; do
    header=${header#"$source"/lib/*/include/}
    echo "#include <$header>" >light.cpp
    # shellcheck disable=SC2046 # a list of flags
    "$@" -std=c++20 -M light.cpp $(package --cflags libchunk-net) >light.d
    if ! grep -q '/asio/' light.d; then continue; fi
    # shellcheck disable=SC2046
    if "$@" -std=c++20 -fsyntax-only -Wfatal-errors light.cpp $(package --cflags libchunk) 2>errors; then
      fail "$header compiles without the flags of libchunk-net"
    fi
    grep -q 'pkg-config --cflags libchunk-net' errors || fail "$header: $(cat errors)"
  done
}

sanitized=
for argument; do
  case $argument in -fsanitize=*) sanitized=yes ;; esac
done

meson install -C "$build" --destdir "$root" --no-rebuild --quiet
description=$(find "$root" -name libchunk.pc)
[ -n "$description" ] || fail 'not installed: libchunk.pc'
libraries=${description%/pkgconfig/libchunk.pc}
prefix=${libraries%/lib*}
export LD_LIBRARY_PATH="$libraries"

check_files
check_page
check_soname
check_c "$@"
check_query "$@"
check_python
check_cxx "$@"
check_exceptions "$@"
check_weight "$@"
check_net "$@"
