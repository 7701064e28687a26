#!/bin/sh
# -p NAME finds ./NAME.toml last of all; CHUNK_PROTOCOL names the protocol where there is no -p.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

HOME=$PWD/home
unset XDG_CONFIG_HOME XDG_DATA_DIRS
export HOME
mkdir -p home/.config/chunk/protocols
chunk-send GETK:KEYN=a >stream
printf '[GETK]\ncontains = ["KEYN"]\nreply = ["VALR"]\n' >kv.toml
cp kv.toml png.toml

# shows ROLE COMMAND...: the dump of the stream says whether it is a request.
shows() {
  role=$1
  shift
  run "$@"
  expect_status 0
  expect_no_err
  expect_out "00000000  GETK           9  $role" '00000008    KEYN         1  "a"'
}
shows request chunk-dump -p kv stream
printf '[GETK]\ncontains = ["KEYN"]\n' >home/.config/chunk/protocols/kv.toml
run chunk-dump -p kv stream
expect_out '00000000  GETK           9' '00000008    KEYN         1  "a"'
rm home/.config/chunk/protocols/kv.toml
run chunk-dump -p png stream
expect_status 5
printf 'nonsense' >bad.toml
run chunk-dump -p bad stream
expect_status 2
grep -q '^chunk-dump: bad.toml:1:' err || fail "$(cat err)"

# The environment
export CHUNK_PROTOCOL=kv
shows request chunk-dump stream
shows request chunk-dump -p kv stream
shows '(subchunks guessed)' chunk-dump -p guess stream
run chunk-dump -p none --list stream
expect_status 0
run chunk-dump --list-ids
expect_out GETK KEYN VALR
chunk-dump --help | grep -q '\[kv\]$' || fail 'the help has another default'
run chunk-recv -F json <stream
expect_status 0
grep -c '"id":"KEYN"' out >count
expect_file count 1
start server chunk-serve -q --exec 'GETK=echo b' unix:socket
run chunk-send -c unix:socket request:GETK:KEYN=a
expect_status 0
expect_out VALR:b%0a
stop "$pid"
CHUNK_PROTOCOL=''
shows '(subchunks guessed)' chunk-dump stream

# What is wrong with it is its fault.
export CHUNK_PROTOCOL=bad
for tool in 'chunk-dump stream' 'chunk-recv -F text' 'chunk-send NOOP' 'chunk-serve --worker cat unix:none'; do
  # shellcheck disable=SC2086 # a command with its arguments
  run $tool
  expect_status 2
  expect_no_out
  grep -q "^${tool%% *}: CHUNK_PROTOCOL: bad.toml:1:" err || fail "$tool: $(cat err)"
done
run chunk-dump -p none --list stream
expect_status 0
CHUNK_PROTOCOL=absent
run chunk-dump stream
expect_status 2
grep -q "^chunk-dump: CHUNK_PROTOCOL: no protocol 'absent'" err || fail "$(cat err)"
CHUNK_PROTOCOL=./absent.toml
run chunk-dump stream
expect_status 6
expect_err 'chunk-dump: CHUNK_PROTOCOL: ./absent.toml: no such file or directory'
CHUNK_PROTOCOL=kv
run chunk-serve unix:none
expect_status 2
expect_err "chunk-serve: CHUNK_PROTOCOL: no handlers for the protocol 'kv'; there is example, and yours by --exec, --worker or --script"
