#!/bin/sh
# A session can be stopped and continued, and leaves the terminal as it was.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tmux.sh
. "$tests/tmux.sh"
command -v bash >/dev/null || skip 'no bash'

start server chunk-serve unix:server
for columns in 80 160; do
  open_terminal "$columns" 'PS1="shell: " exec bash --norc -i'
  await_last 'shell:'
  type_keys 'stty -g >before' Enter
  await_last 'shell:'
  type_keys 'chunk-send -c unix:server' Enter
  await_last 'unix:server>'
  type_keys ECHO:not-yet
  await_last 'unix:server> ECHO:not-yet'
  type_keys C-z
  await_match '.*Stopped .*'
  await_last 'shell:'
  type_keys 'echo in between' Enter
  await_line 'in between'
  type_keys fg Enter
  await_last 'unix:server> ECHO:not-yet'
  type_keys Enter
  await_match 'ECHO:not-yet  .*'
  # The same while a line is performed.
  type_keys delay:1 Enter
  await_last 'unix:server> delay:1'
  type_keys C-z
  await_last 'shell:'
  type_keys fg Enter
  await_last 'unix:server>'
  type_keys C-d
  await_last 'shell:'
  type_keys 'stty -g >after' Enter
  await shown test -s after
  await_last 'shell:'
  expect_same before after
  # A signal ends it, and restores the terminal as well.
  type_keys 'chunk-send -c unix:server' Enter
  await_last 'unix:server>'
  client=$(shell_pid)
  kill "$(cat "/proc/$client/task/$client/children")"
  await_match 'Terminated.*'
  type_keys 'stty -g >again' Enter
  await shown test -s again
  await_last 'shell:'
  expect_same before again
  rm after again
done
stop "$pid"
