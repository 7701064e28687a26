#!/bin/sh
# libchunk.so exports what tests/data/exports.txt lists: nothing less, and nothing that no installed
# header declares. A change of that list is a decision. It is made in lib/libchunk.map and with
#
#   tests/exports.sh --list LIBRARY >tests/data/exports.txt
#
# tests/exports.sh LIBRARY ARCHIVE MOST
#
#   LIBRARY   libchunk.so
#   ARCHIVE   libchunk.a, which has the same objects
#   MOST      bytes that the code of the library may have, or 0: this build says nothing of that
set -eu
export LC_ALL=C

# Constructors and destructors exist several times under the same name.
exports_of() {
  nm -DC --defined-only "$1" | sed -n 's/^[0-9a-f]* [^A] //p' | sort -u
}

if [ "$1" = --list ]; then
  exports_of "$2"
  exit
fi

library=$1
archive=$2
most=$3

source=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
failed=0

fail() {
  echo "exports.sh: $*" >&2
  failed=1
}

exports_of "$library" >"$scratch/exports"
diff -u "$source/tests/data/exports.txt" "$scratch/exports" || fail 'the list of exports has changed'

# What the archive offers to other files of the library is either in an installed header and exported,
# or hidden.
readelf -sW "$archive" 2>/dev/null |
  awk '$5 == "GLOBAL" && $6 == "DEFAULT" && $7 != "UND" { print $8 }' | grep -v '^__' | sort -u >"$scratch/offered"
nm -D --defined-only --without-symbol-versions "$library" | awk '{ print $3 }' | sort -u >"$scratch/exported"
# Installed headers name the first two of these types, and their members have the third, so that none
# can be hidden: the compiler would warn of every class that points to them.
opaque='framed_decoder|framing_definition|header_layout'
comm -23 "$scratch/offered" "$scratch/exported" | c++filt | grep -vE "^chunk::($opaque)::" >"$scratch/kept" || true
[ ! -s "$scratch/kept" ] ||
  fail "neither exported by lib/libchunk.map nor hidden: $(cat "$scratch/kept")"

cat "$source"/lib/base/include/chunk/*.h* "$source"/lib/codec/include/chunk/*.h* \
  "$source"/lib/channel/include/chunk/*.h* >"$scratch/headers"
sed 's/@@.*//; s/^[a-z ]* for //; s/(.*//; s/\[abi:cxx11\]//; s/.*:://; s/^~//' "$scratch/exports" |
  sort -u >"$scratch/names"
while read -r name; do
  grep -qw -- "$name" "$scratch/headers" || fail "no header declares $name"
done <"$scratch/names"

total=$(nm -D --defined-only "$library" | wc -l)
[ "$total" -lt 150 ] || fail "$total symbols are too many for a small library"
if nm -DC "$library" | grep -E 'asio|session'; then fail 'the library knows of Asio or of sessions'; fi

code=$(size "$library" | awk 'NR == 2 { print $1 }')
if [ "$most" -gt 0 ] && [ "$code" -ge "$most" ]; then fail "$code bytes of code are too many"; fi

echo "exports.sh: $total symbols, $code bytes"
exit "$failed"
