#!/bin/sh
# A missing or invalid protocol is reported in one line, before any input is read.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

HOME=$PWD/home
XDG_CONFIG_HOME=$PWD/config
XDG_DATA_DIRS=$PWD/data
unset CDPATH
export HOME XDG_CONFIG_HOME XDG_DATA_DIRS
mkdir -p config/chunk/protocols

# refuses STATUS MESSAGE NAME: chunk-dump -p NAME ends so.
refuses() {
  chunk-send NOOP >stream
  run chunk-dump -p "$3" stream
  expect_status "$1"
  expect_no_out
  expect_err "chunk-dump: $2"
}

# refuses_text STATUS MESSAGE TEXT: the same with a file of that text, which printf makes.
refuses_text() {
  # shellcheck disable=SC2059 # the text is a format
  printf "$3" >p.toml
  refuses "$1" "$2" p.toml
}

# The directory of the installed protocols depends on the prefix.
# refuses_name NAME END
refuses_name() {
  run chunk-dump -p "$1"
  expect_status 2
  expect_no_out
  [ "$(wc -l <err)" -eq 1 ] || fail 'not one line'
  searched="$PWD/config/chunk/protocols, $PWD/data/chunk/protocols"
  start="chunk-dump: no protocol '$1', and no $1.toml in"
  case $(cat err) in
    "$start $searched, /"*"/chunk/protocols or the current directory; $2") ;;
    *) fail "not where it looked: $(cat err)" ;;
  esac
}
refuses_name exmaple 'did you mean example?'
refuses_name nonsense '-p help lists those that there are'

# What cannot be read.
refuses 6 'absent.toml: no such file or directory' absent.toml
refuses 6 './absent: no such file or directory' ./absent
refuses 6 './config: is a directory' ./config
mkdir config/chunk/protocols/folder.toml
refuses 6 "$PWD/config/chunk/protocols/folder.toml: is a directory" folder

# What is no TOML, and TOML that is no protocol.
refuses_text 2 "p.toml:2:2: error while parsing table header: encountered end-of-file" '[NOOP]\n['
refuses_text 2 "p.toml:2:8: NOOP: no type 'real'; there are bytes, text, integer, decimal, number, u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, hex and id" '[NOOP]\ntype = "real"\n'
refuses_text 2 "p.toml:1:2: '%1b[2J;' is not an ID of four bytes" '["\\u001b[2J;"]'
refuses_text 2 "p.toml:1:1: encountered invalid utf-8 sequence" '\377'
cp p.toml config/chunk/protocols/bad.toml
refuses 2 "$PWD/config/chunk/protocols/bad.toml:1:1: encountered invalid utf-8 sequence" bad
cp p.toml "$(printf 'x\033.toml')"
refuses 2 "x%1b.toml:1:1: encountered invalid utf-8 sequence" "$(printf 'x\033.toml')"

# What is nested so deeply that it would not fit on the stack, in each tool.
awk 'BEGIN { printf "a"; for (i = 1; i < 140000; i++) printf ".a"; print " = 1" }' >deep.toml
deep='deep.toml:1:32: a key with more than 16 parts'
refuses 2 "$deep" deep.toml
run chunk-send -p deep.toml NOOP
expect_status 2
expect_err "chunk-send: $deep"
run chunk-recv -p deep.toml <stream
expect_status 2
expect_err "chunk-recv: $deep"
run chunk-serve -p deep.toml --exec NOOP=cat ./server
expect_status 2
expect_err "chunk-serve: $deep"
awk 'BEGIN { print "[NOOP]"; printf "contains = "; for (i = 0; i < 200000; i++) printf "{a=" }' >deep.toml
run chunk-dump -p deep.toml stream
expect_status 2
[ "$(wc -l <err)" -eq 1 ] || fail 'not one line'

# Another encoding than UTF-8 is named.
for encoding in UTF-16LE UTF-16BE; do
  mark='\377\376'
  [ "$encoding" = UTF-16LE ] || mark='\376\377'
  { printf '%b' "$mark" && printf '[ECHO]\n' | iconv -t "$encoding"; } >wide.toml
  refuses 2 'wide.toml: is in UTF-16 and not in UTF-8' wide.toml
done
printf '\357\273\277[ECHO]\n' >marked.toml
run chunk-dump -p marked.toml stream
expect_status 0

# A file of 1 MiB is read, a longer one is not, nor one without end.
{
  printf '#'
  head -c 1048575 /dev/zero | tr '\0' x
} >long.toml
run chunk-dump --text -p long.toml stream
expect_status 0
expect_out NOOP
echo x >>long.toml
refuses 2 'long.toml: longer than 1 MiB, and no protocol file' long.toml
refuses 2 '/dev/zero: longer than 1 MiB, and no protocol file' /dev/zero
