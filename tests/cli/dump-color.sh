#!/bin/sh
# chunk-dump colours its output as --color and the environment say, and by default only on a terminal.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

unset NO_COLOR CLICOLOR_FORCE
TERM=xterm
export TERM
escape=$(printf '\033')

# is_coloured yes|no: the last output has colours, and but for them no control character.
is_coloured() {
  case $(cat out) in *"${escape}["*) found=yes ;; *) found=no ;; esac
  [ "$found" = "$1" ] || fail "$ran: colours: $found"
  sed "s/$escape\[[0-9;]*m//g" out >plain
  expect_plain plain
}

run chunk-dump "$data/req.chunk"
is_coloured no
cp out expected_plain
run chunk-dump --color always "$data/req.chunk"
is_coloured yes
expect_same plain expected_plain
run chunk-dump --color never "$data/req.chunk"
is_coloured no
CLICOLOR_FORCE=1 run chunk-dump "$data/req.chunk"
is_coloured yes
CLICOLOR_FORCE=0 run chunk-dump "$data/req.chunk"
is_coloured no
NO_COLOR=1 CLICOLOR_FORCE=1 run chunk-dump "$data/req.chunk"
is_coloured no
NO_COLOR=1 run chunk-dump --color always "$data/req.chunk"
is_coloured yes

# What a stranger sent brings no sequence of its own.
for format in --list --check '--width 16' '--resync -m 10'; do
  # shellcheck disable=SC2086 # an option and its argument
  run chunk-dump --color always $format "$data/evil.chunk"
  sed "s/$escape\[[0-9;]*m//g" out >plain
  expect_plain plain err
done

need_terminal
# on_terminal ENVIRONMENT...: what it shows on a terminal.
on_terminal() {
  ran="$* on a terminal"
  script -qec "env $* chunk-dump '$data/req.chunk'" /dev/null </dev/null | tr -d '\r' >out
}
on_terminal TERM=xterm
is_coloured yes
on_terminal TERM=dumb
is_coloured no
on_terminal TERM=xterm NO_COLOR=1
is_coloured no
