#!/bin/sh
# -p finds a protocol file by its path, and by its name first in the directory of the user.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

HOME=$PWD/home
unset XDG_CONFIG_HOME XDG_DATA_DIRS
export HOME

# protocol DIRECTORY NAME ID: makes a file in which ID is a container.
protocol() {
  mkdir -p "$1"
  printf '[%s]\ncontains = ["OPER", "OPND*"]\n' "$3" >"$1/$2.toml"
}

# shows ID NAME: with -p NAME, of all chunks of the stream only that one is shown as a container.
shows() {
  run chunk-dump --text -p "$2" stream
  expect_status 0
  expect_no_err
  for id in AAAA BBBB CCCC CMPU; do
    if [ "$id" = "$1" ]; then echo "$id:OPER=+"; else echo "$id:OPER%01%00%00%00+"; fi
  done >wanted
  expect_same wanted out
}
chunk-send AAAA:OPER=+ BBBB:OPER=+ CCCC:OPER=+ CMPU:OPER=+ >stream

# By path: with a slash, or with the ending.
protocol . mine AAAA
protocol sub mine BBBB
shows AAAA mine.toml
shows AAAA ./mine.toml
shows BBBB sub/mine.toml
shows BBBB "$PWD/sub/mine.toml"
cp mine.toml sub/plain
shows AAAA sub/plain

# By name: in the present directory only if there is none in that of the user.
shows AAAA mine
protocol home/.config/chunk/protocols mine BBBB
shows BBBB mine

# XDG_CONFIG_HOME takes the place of ~/.config, unless it is empty or relative.
protocol config/chunk/protocols mine CCCC
XDG_CONFIG_HOME=$PWD/config
export XDG_CONFIG_HOME
shows CCCC mine
XDG_CONFIG_HOME=config
shows BBBB mine
XDG_CONFIG_HOME=
shows BBBB mine

# XDG_DATA_DIRS comes after it, in its order.
protocol one/chunk/protocols shared AAAA
protocol two/chunk/protocols shared BBBB
protocol two/chunk/protocols second CCCC
protocol two/chunk/protocols mine CCCC
XDG_DATA_DIRS=sub::/nowhere:$PWD/one:$PWD/two/
export XDG_DATA_DIRS
shows AAAA shared
shows CCCC second
shows BBBB mine

# No file changes what a built-in name means, but by its path it can be had.
protocol home/.config/chunk/protocols example AAAA
protocol home/.config/chunk/protocols none AAAA
protocol home/.config/chunk/protocols guess AAAA
shows CMPU example
shows nothing none
shows AAAA home/.config/chunk/protocols/example.toml
run chunk-dump --text -p guess stream
expect_out AAAA:OPER=+ BBBB:OPER=+ CCCC:OPER=+ CMPU:OPER=+

# The other tools take the same names.
chunk-recv -F text -p shared <stream >out
expect_file out AAAA:OPER=+ 'BBBB:OPER%01%00%00%00+' 'CCCC:OPER%01%00%00%00+' 'CMPU:OPER%01%00%00%00+'

# A file that is no regular one can be read, too.
mkfifo pipe
cat mine.toml >pipe &
own $!
shows AAAA ./pipe

# The page has each built-in protocol, but for the three that it describes elsewhere.
sed -n '/^\.Sh BUILT-IN PROTOCOLS/,/^\.El/s/^\.It \(Cm .*\)/\1/p' "$tests/../../man/chunk-protocol.5" |
  grep -o 'Cm [a-z0-9-]*' | cut -c 4- | sort >described
env -u XDG_CONFIG_HOME -u XDG_DATA_DIRS HOME="$PWD/nowhere" chunk-dump --list-protocols | grep -Evx 'example|guess|none' | sort >built
diff -u built described >&2 || fail 'not the built-in protocols in chunk-protocol(5)'

# What is no file is not listed, nor read for that, and no name does something to a terminal.
mkdir -p list/chunk/protocols/directory.toml
mkfifo list/chunk/protocols/pipe.toml
printf '# Odd.\n' >"list/chunk/protocols/$(printf 'a\033b').toml"
for list in '-p help' --list-protocols; do
  # shellcheck disable=SC2086 # words
  XDG_CONFIG_HOME=$PWD/list run timeout 20 chunk-dump $list
  expect_status 0
  expect_plain out
  grep -q '^a%1bb' out || fail "$list: $(cat out)"
  ! grep -Eq '^(pipe|directory)' out || fail "$list: $(cat out)"
done

# A directory that lets nobody in is passed over, as one that is not there.
unset XDG_CONFIG_HOME
mkdir locked
as_user=
if [ "$(id -u)" -eq 0 ]; then
  setpriv --reuid=65534 --clear-groups true 2>/dev/null || exit 0
  chmod a+x .
  as_user='setpriv --reuid=65534 --clear-groups'
fi
chmod 0000 locked
HOME=$PWD/locked
# shellcheck disable=SC2086 # a command with its arguments
run $as_user chunk-dump --text -p shared stream
expect_status 0
expect_out AAAA:OPER=+ 'BBBB:OPER%01%00%00%00+' 'CCCC:OPER%01%00%00%00+' 'CMPU:OPER%01%00%00%00+'
# shellcheck disable=SC2086
run $as_user chunk-dump --text -p mine2 stream
expect_status 2
chmod 0700 locked

# A file that cannot be read is not passed over.
mkdir -p config2/chunk/protocols
printf '[AAAA]\n' >config2/chunk/protocols/shared.toml
chmod 0000 config2/chunk/protocols/shared.toml
# shellcheck disable=SC2086
XDG_CONFIG_HOME=$PWD/config2 run $as_user chunk-dump --text -p shared stream
expect_status 6
