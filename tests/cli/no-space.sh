#!/bin/sh
# A tool that cannot write its output reports it, with status 6.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

[ -c /dev/full ] || skip 'no /dev/full'
chunk-send ECHO,fill=1000000:x >big

# fails TOOL ARGUMENT...
fails() {
  status=0
  ran=$*
  "$@" >/dev/full 2>err || status=$?
  expect_status 6
  expect_err "$1: standard output: no space left on device"
}

for tool in chunk-send chunk-recv chunk-dump chunk-serve; do
  fails "$tool" --help
  fails "$tool" --version
done
fails chunk-send NOOP
fails chunk-send ECHO,fill=1000000:x
fails chunk-send <"$data/req.chunk"
fails chunk-send <big
for format in raw payload text; do
  fails chunk-recv -F "$format" <"$data/req.chunk"
  fails chunk-recv -F "$format" <big
done
fails chunk-dump "$data/req.chunk"
fails chunk-dump --list <"$data/req.chunk"
fails chunk-dump --text <big

# The stream of a server is more than a client that is lost.
status=0
ran='chunk-serve -'
chunk-serve - >/dev/full 2>err <"$data/req.chunk" || status=$?
expect_status 6
grep -q 'level=error event=close .* reason=local-failed detail="standard output: no space' err ||
  fail "$(cat err)"
printf 'expect:NOOP\nNOOP\n' >script
status=0
ran='chunk-serve --script script -'
chunk-serve --script script - >/dev/full 2>err <"$data/req.chunk" || status=$?
expect_status 6
grep -qx 'chunk-serve: standard output: no space left on device' err || fail "$(cat err)"

start server chunk-serve unix:server
status=0
ran='chunk-serve --forward unix:server -'
chunk-send NOOP ECHO:a >requests
chunk-serve --forward unix:server - >/dev/full 2>err <requests || status=$?
expect_status 6
grep -q 'level=error event=close .* reason=local-failed' err || fail "$(cat err)"
fails chunk-send -c unix:server ECHO:x
fails chunk-send -c unix:server request:ECHO:x

# With nothing to put out there is nothing to fail.
status=0
chunk-recv -F none <"$data/req.chunk" >/dev/full 2>err || status=$?
expect_status 0
expect_no_err
