#!/bin/sh
# --list-actions, the manual pages, the completions and the syntax for vim name the same actions.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

pages=$tests/../../man
completions=$tests/../../tools/completions
tab=$(printf '\t')

# section PAGE: the lines under ACTIONS
section() {
  awk '/^\.Sh/ { inside = $2 == "ACTIONS"; next } inside' "$pages/$1"
}

run chunk-send --list-actions
expect_status 0
expect_no_err
mv out list
head -n 2 list >first
expect_file first "${tab}ID[:contents]${tab}Send a chunk" "@${tab}FILE${tab}Send the chunks in a file"
ran='each line has a name, what follows it and a help'
awk -F '\t' 'NF != 3 || $3 == "" || length($0) > 80' list >odd
expect_file odd

# Those with a name of letters
cut -f 1 list | grep '^[a-z]' | sort >actions

ran=chunk-script.5
section chunk-script.5 | sed -n 's/^\.It Ic \([a-z,-]*\).*/\1/p' | sort >documented
expect_same actions documented

# Modifiers are described in the other page only.
ran=chunk-send.1
grep -v , actions >plain
section chunk-send.1 | sed -nE 's/^\.(It )?Ic ([a-z,-]*).*/\2/p' | sort -u >documented
expect_same plain documented

# A case has a colour of its own.
ran=chunk-script.vim
sed -n 's/.*zs(\([a-z,|-]*\)).*/\1/p' "$completions/chunk-script.vim" | tr '|' '\n' >words
echo test-case >>words
sort words >known
expect_same actions known
grep -q "^syntax match chunkCase .*test-case:" "$completions/chunk-script.vim" || fail "$ran: no cases"

# offered: what a shell offers, without colons and IDs
offered() {
  sed 's/:$//' | grep '^[a-z]' | sort
}
if command -v bash >/dev/null; then
  ran=bash
  # shellcheck disable=SC2016 # for Bash
  bash -c '. "$0"; _chunk_actions chunk-send' "$completions/chunk.bash" | offered >known
  expect_same actions known
fi
if command -v fish >/dev/null; then
  ran=fish
  # shellcheck disable=SC2016 # for fish
  HOME=$directory fish --no-config -c 'source $argv[1]; complete -C "chunk-send "' \
    "$completions/chunk.fish" | cut -f 1 | offered >known
  expect_same actions known
fi
if command -v zsh >/dev/null; then
  ran=zsh
  # shellcheck disable=SC2016 # for zsh
  zsh_with -fc '_arguments() { }
    compset() { return 1; }
    compadd() { while [[ $1 != -a && $# -gt 0 ]]; do shift; done; print -rl -- ${(P)2}; }
    words=(chunk-send x) CURRENT=2
    . "$0"
    _chunk_actions' "$completions/_chunk" | offered >known
  expect_same actions known
fi
