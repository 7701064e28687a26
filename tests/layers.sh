#!/bin/sh
# Checks what each file includes against the layers, the names at the top level, and the length of
# the files. Prints a line for each fault, and ends with 1 if there is any.
#
# tests/layers.sh [TREE]     TREE is this source tree unless it is given
set -eu
export LC_ALL=C

cd -- "${1:-$(dirname -- "$0")/..}"

longest_file=400 # lines; chosen: a file above it has a seam

files=0
faults=0

fault() {
  echo "$*"
  faults=$((faults + 1))
}

# The layers, the lowest first: which one a module of the library is in, and nothing for a stranger.
rank_of() {
  case $1 in
    error | escape | id) echo 0 ;;
    codec | decimal | endpoint | fmt | notation | protocol | protocol_file | validation | value) echo 1 ;;
    access | connect_race | deadline | listener | proxy | socket | socket_address | socket_file | \
      splice | tls | tls_bio | tls_library | transport) echo 2 ;;
    relay | replies | server | session | session_end | stream) echo 3 ;;
  esac
}

# Headers that only their own layer sees, and that are not installed.
is_internal() {
  case $1 in
    connect_race.hpp | session.hpp | socket_address.hpp | socket_file.hpp | splice.hpp | \
      tls_bio.hpp | tls_library.hpp) ;;
    *) return 1 ;;
  esac
}

# The include lines of a file, each as LINE:<header> or LINE:"header". Not with grep, whose status
# does not tell a file without any from a file that cannot be read.
includes_of() {
  awk '
    sub(/^[ \t]*#[ \t]*(include|include_next|import)[ \t]*/, "") {
      if (match($0, /^(<[^>]*>|"[^"]*")/)) $0 = substr($0, 1, RLENGTH)
      print FNR ":" $0
    }' "$1"
}

# Calls a command with each header that `file` includes; `where` tells it where that is.
for_each_include() {
  files=$((files + 1))
  includes=$(includes_of "$file")
  while IFS=: read -r line header; do
    [ -n "$line" ] || continue
    where=$file:$line
    "$1" "$header"
  done <<END
$includes
END
}

# --- the library ---

not_below_wire() {
  [ "$rank" -ge 2 ] || fault "$where: $1 has no place below the wire"
}

check_chunk_header() {
  name=${1#?chunk/}
  name=${name%.hpp?}
  needed=$(rank_of "$name")
  if [ -z "$needed" ]; then
    fault "$where: $1 is in no layer"
  elif [ "$needed" -gt "$rank" ]; then
    fault "$where: $1 is in a higher layer"
  fi
}

check_internal_header() {
  name=${1#?}
  name=${name%?}
  case $file in lib/include/*) fault "$where: $1 is not installed" ;; esac
  if ! is_internal "$name" || [ "$rank" != "$(rank_of "${name%.hpp}")" ]; then
    fault "$where: $1 is not for this layer"
  fi
}

check_library_include() {
  case $1 in
    '<chunk/'*'>' | '"chunk/'*'"') check_chunk_header "$1" ;;
    '"'*'"') check_internal_header "$1" ;;
    '<tl/expected.hpp>') ;;
    '<fmt/'* | '<toml++/'*)
      case $rank:$file in 1:*.cpp) ;; *) fault "$where: $1 is only for pure .cpp files" ;; esac ;;
    '<asio/'*) not_below_wire "$1" ;;
    '<openssl/'*)
      [ "$file" = lib/tls_library.hpp ] || fault "$where: $1 is only for lib/tls_library.hpp" ;;
    '<sys/'* | '<netinet/'* | '<arpa/'* | '<linux/'*) not_below_wire "$1" ;;
    '<'*/*'>') fault "$where: no layer may include $1" ;;
    '<stdio.h>' | '<cstdio>' | '<iostream>' | '<fstream>')
      fault "$where: the library does not print, so no $1" ;;
    '<chrono>' | '<ctime>' | '<thread>' | '<locale>' | '<clocale>' | '<filesystem>' | '<'*.h'>')
      not_below_wire "$1" ;;
    '<'*'>') ;;
    *) fault "$where: cannot tell what is included: $1" ;;
  esac
}

check_library() {
  for file in $(find lib ! -type d ! -name meson.build ! -name '*.toml' ! -name '*.in' | sort); do
    case $file in
      lib/include/chunk/*.hpp) name=${file#lib/include/chunk/} ;;
      lib/*.cpp) name=${file#lib/} ;;
      lib/*.hpp) if is_internal "${file#lib/}"; then name=${file#lib/}; else name=; fi ;;
      *) name= ;;
    esac
    rank=$(rank_of "${name%.?pp}")
    if [ -n "$rank" ]; then
      for_each_include check_library_include
    else
      fault "$file is in no layer"
    fi
  done
}

# --- the tools ---

# A tool's own parts are in a directory of its name. What lies beside the tools, and in script/, is
# for all of them.
check_part() {
  name=${1#?}
  name=${name%?}
  case $name in
    *..* | *.cpp) fault "$where: $1 is not a part of the tools" ;;
    script/* | "$tool"/*) ;;
    */*) fault "$where: $1 belongs to another tool" ;;
  esac
  [ -f "tools/$name" ] || fault "$where: there is no tools/$name"
}

check_tool_include() {
  case $1 in
    '"'*'"') check_part "$1" ;;
    '<chunk/'*'>')
      name=${1#?}
      [ -f "lib/include/${name%?}" ] || fault "$where: $1 is not a public header" ;;
    '<openssl/'*) fault "$where: OpenSSL is the library's, so no $1" ;;
    '<CLI/'* | '<fmt/'* | '<asio/'* | '<nlohmann/'* | '<re2/'*) ;;
    '<sys/'* | '<netinet/'* | '<arpa/'* | '<linux/'*) ;;
    '<'*/*'>') fault "$where: no tool may include $1" ;;
    '<'*'>') ;;
    *) fault "$where: cannot tell what is included: $1" ;;
  esac
}

check_tools() {
  for file in $(find tools ! -type d ! -name meson.build | sort); do
    tool=none
    case $file in
      tools/*/*/*) fault "$file lies too deep" ;;
      tools/completions/*) continue ;;
      tools/script/*) ;;
      tools/*/*)
        tool=${file#tools/}
        tool=${tool%/*}
        [ -f "tools/chunk-$tool.cpp" ] || fault "$file belongs to no tool" ;;
      tools/chunk-*.cpp)
        tool=${file#tools/chunk-}
        tool=${tool%.cpp} ;;
    esac
    for_each_include check_tool_include
  done
}

# --- all the rest ---

check_test_include() {
  name=${1#?}
  name=${name%?}
  if is_internal "${name##*/}"; then fault "$where: $1 is not a public header"; fi
}

check_tests() {
  for file in $(find tests -name '*.[ch]pp' | sort); do
    for_each_include check_test_include
  done
}

check_top_level() {
  for name in * .[!.]*; do
    case $name in
      meson.build | meson_options.txt | README.md | LICENSE | lib | tools | man | tests) ;;
      .ci | .clang-format | .editorconfig | .gitignore | .git) ;;
      build*) [ -d "$name" ] || fault "$name is not in the layout" ;;
      *) fault "$name is not in the layout" ;;
    esac
  done
}

check_lengths() {
  for file in $(find lib tools ! -type d | sort); do
    lines=$(wc -l <"$file")
    [ "$lines" -le "$longest_file" ] || fault "$file has $lines lines, more than $longest_file"
  done
}

check_library
check_tools
check_tests
check_top_level
check_lengths

# Without files there are no faults either.
[ "$files" -gt 0 ] || fault 'there is nothing to check'
if [ "$faults" -gt 0 ]; then
  echo "layers.sh: $faults faults in $files files"
  exit 1
fi
echo "layers.sh: $files files, no faults"
