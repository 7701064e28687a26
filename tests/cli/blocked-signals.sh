#!/bin/sh
# A tool is ended by a signal also if whoever has started it blocks that signal, and loses no output
# without telling.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

env --block-signal=TERM true 2>/dev/null || skip 'env(1) cannot block signals'
chunk-send ECHO,fill=3000000:x ECHO >stream
mkfifo stuck
exec 7<>stuck # neither end is ever missing

# The tool itself runs, and not yet only env.
is_there() {
  case $(cat "/proc/$pid/comm") in chunk-*) ;; *) return 1 ;; esac
}

for tool in 'chunk-dump --no-squeeze' chunk-recv 'chunk-recv -F json' chunk-send 'chunk-recv --exec cat'; do
  # shellcheck disable=SC2086 # a command with its arguments
  env --block-signal=TERM $tool <stream >&7 2>err 7>&- &
  pid=$!
  own "$pid"
  await err is_there
  kill -TERM "$pid"
  # A tool that did not end would go on now.
  cat <&7 >/dev/null &
  own "$!"
  reader=$!
  finish "$pid"
  ran=$tool
  expect_status 143
  kill -KILL "$reader"
  finish "$reader"
done
