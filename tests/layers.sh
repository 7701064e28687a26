#!/bin/sh
# Checks what a compiler cannot see of the layers: which foreign headers a folder includes, that no file
# lies outside the folders, that no file has a function for itself whose name another file or a header of
# its folder has as well, and the names at the top level. That a folder includes only those below it, the
# include directories of the build see to. Prints a line for each fault, and ends with 1 if there is any.
#
# tests/layers.sh [TREE]     TREE is this source tree unless it is given
set -eu
export LC_ALL=C

cd -- "${1:-$(dirname -- "$0")/..}"

longest_main=60 # lines; chosen: main() parses the command line, calls, and returns

files=0
faults=0

fault() {
  echo "$*"
  faults=$((faults + 1))
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

# base and codec neither wait nor ask the system for anything; channel and net do, each in its way.
not_in_pure_layers() {
  case $layer in base | codec) fault "$where: $1 has no place in $layer" ;; esac
}

check_library_include() {
  case $1 in
    *..*) fault "$where: $1 goes around the include directories" ;;
    '<chunk/'*'>' | '"'*'"') ;; # the include directories decide
    '<tl/expected.hpp>') ;;
    '<fmt/'* | '<toml++/'*)
      case $layer:$file in codec:*.cpp | net:*.cpp) ;; *) fault "$where: $1 is only for .cpp files of codec and net" ;; esac ;;
    '<asio/'*) case $layer in net | session) ;; *) fault "$where: $1 is only for net and session" ;; esac ;;
    '<openssl/'*)
      [ "$file" = lib/net/tls/library.hpp ] || fault "$where: $1 is only for lib/net/tls/library.hpp" ;;
    '<sys/'* | '<netinet/'* | '<arpa/'* | '<linux/'*) not_in_pure_layers "$1" ;;
    '<'*/*'>') fault "$where: no layer may include $1" ;;
    '<stddef.h>' | '<stdint.h>')
      [ "$file" = lib/codec/include/chunk/chunk.h ] || fault "$where: $1 is only for the C interface" ;;
    '<emmintrin.h>')
      [ "$file" = lib/base/escape.cpp ] || fault "$where: $1 is only for lib/base/escape.cpp" ;;
    '<stdio.h>' | '<cstdio>' | '<iostream>' | '<fstream>')
      fault "$where: the library does not print, so no $1" ;;
    '<chrono>' | '<ctime>' | '<thread>' | '<locale>' | '<clocale>' | '<filesystem>' | '<'*.h'>')
      not_in_pure_layers "$1" ;;
    '<'*'>') ;;
    *) fault "$where: cannot tell what is included: $1" ;;
  esac
}

check_library() {
  for file in $(find lib -name '*.[ch]' -o -name '*.[ch]pp' | sort); do
    case $file in
      lib/*/*)
        layer=${file#lib/}
        layer=${layer%%/*}
        for_each_include check_library_include ;;
      *) fault "$file is in no layer" ;;
    esac
  done
}

# --- the tools ---

check_tool_include() {
  case $1 in
    *..*) fault "$where: $1 goes around the include directories" ;;
    '"'*/*'"' | '<chunk/'*'>') ;; # the include directories decide
    '"'*'"') fault "$where: $1 does not say which folder it is in" ;;
    '<openssl/'*) fault "$where: OpenSSL is the library's, so no $1" ;;
    '<CLI/'*)
      # Its templates take longer to compile than all else in a file that has options.
      [ "$file" = tools/cli/command_line.cpp ] || fault "$where: $1 is only for tools/cli/command_line.cpp" ;;
    '<fmt/'* | '<asio/'* | '<nlohmann/'* | '<re2/'*) ;;
    '<sys/'* | '<netinet/'* | '<arpa/'* | '<linux/'*) ;;
    '<'*/*'>') fault "$where: no tool may include $1" ;;
    '<'*'>') ;;
    *) fault "$where: cannot tell what is included: $1" ;;
  esac
}

check_tools() {
  for file in $(find tools -name '*.[ch]pp' | sort); do
    case $file in
      tools/*/*) ;;
      tools/chunk-dump.cpp | tools/chunk-recv.cpp | tools/chunk-send.cpp | tools/chunk-serve.cpp)
        lines=$(wc -l <"$file")
        [ "$lines" -le "$longest_main" ] || fault "$file has $lines lines, more than $longest_main" ;;
      *) fault "$file is in no folder" ;;
    esac
    for_each_include check_tool_include
  done
}

# --- the library and the tools ---

# Where a function that only its own file can call has the name of one in another of these files, or of
# one that a header declares. The headers come first. Files are laid out by clang-format: what begins in the
# first column is declared in a namespace.
common_functions() {
  awk '
    FNR == 1 { inside = header = FILENAME !~ /\.cpp$/ }
    /^namespace \{/ { inside = 1 }
    /^}  \/\/ namespace$/ { inside = 0 }
    /^[A-Za-z_[]/ && (inside || /^static /) && !/operator/ {
      gsub(/\[\[[^]]*\]\]/, "")
      while (gsub(/<[^<>]*>/, "")) continue
      if (!match($0, /[A-Za-z_0-9]+\(/)) next
      before = substr($0, 1, RSTART - 1)
      name = substr($0, RSTART, RLENGTH - 1)
      # A variable and its value, a member function of a class, and what is no name.
      if (before ~ /[={]|::$/ || name ~ /^(alignas|requires|static_assert)$/) next
      if (!(name in owner)) owner[name] = FILENAME
      if (!header && owner[name] != FILENAME) {
        print FILENAME ":" FNR ": " name "() is in " owner[name] " too"
      }
    }' "$@"
}

# The files of a folder are compiled together. Two functions of one name that differ in their parameters
# overload each other then, and one file may call that of another.
check_functions() {
  for folder in lib/* tools/*; do
    [ -d "$folder" ] || continue
    headers=$(find "$folder" -name '*.h' -o -name '*.hpp' | sort)
    # shellcheck disable=SC2046,SC2086 # no name has a blank
    common=$(common_functions /dev/null $headers $(find "$folder" -name '*.cpp' | sort))
    while read -r line; do
      if [ -n "$line" ]; then fault "$line"; fi
    done <<END
$common
END
  done
}

# --- all the rest ---

check_test_include() {
  case $1 in
    '"'*'"')
      name=${1#?}
      name=${name%?}
      # A unit test may be compiled with the file of its name, and then knows the header of that.
      stem=${name%.hpp}
      [ "$file" != "tests/unit/${stem##*/}_test.cpp" ] || return 0
      for layer in lib lib/*; do
        if [ -e "$layer/$name" ]; then fault "$where: $1 is a private header of the library"; fi
      done ;;
  esac
}

check_tests() {
  for file in $(find tests -name '*.[ch]' -o -name '*.[ch]pp' | sort); do
    for_each_include check_test_include
  done
}

check_top_level() {
  for name in * .[!.]*; do
    [ -e "$name" ] || continue
    case $name in
      meson.build | meson_options.txt | README.md | LICENSE | lib | tools | man | tests) ;;
      .ci | .clang-format | .clang-tidy | .editorconfig | .gitignore | .git) ;;
      build*) [ -d "$name" ] || fault "$name is not in the layout" ;;
      *) fault "$name is not in the layout" ;;
    esac
  done
}

check_library
check_tools
check_functions
check_tests
check_top_level

# Without files there are no faults either.
[ "$files" -gt 0 ] || fault 'there is nothing to check'
if [ "$faults" -gt 0 ]; then
  echo "layers.sh: $faults faults in $files files"
  exit 1
fi
echo "layers.sh: $files files, no faults"
