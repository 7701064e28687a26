#!/bin/sh
# The shells complete every option of each tool, and the named values of options.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

completions=$tests/../../tools/completions

# options_of TOOL: the long ones in its help
options_of() {
  "$1" --help | awk '/^  -/ { print $1 }' | tr , '\n' | grep '^--' | sort
}

# in_SHELL WORD...: completes the last word.
in_bash() {
  # shellcheck disable=SC2016 # for Bash
  bash -c '. "$0"
    compopt() { :; }
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _chunk "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf "%s\n" "${COMPREPLY[@]}"' "$completions/chunk.bash" "$@" | sort
}
in_fish() {
  # shellcheck disable=SC2016 # for fish
  HOME=$directory fish --no-config -c 'source $argv[1]; complete -C "$argv[2..]"' \
    "$completions/chunk.fish" "$@" | cut -f 1 | sort
}
# What zsh is told of an option, and not what it makes of it.
in_zsh() {
  # shellcheck disable=SC2016 # for zsh
  zsh_with -fc '_arguments() { print -rl -- "$@"; }
    words=("$@") CURRENT=$#
    . "$0"' "$completions/_chunk" "$@" | sed -nE 's/^(\([^)]*\)|\*)?(--[a-z0-9-]+)=?\[.*/\2/p' | sort
}
# What zsh offers where a function of ours is called
zsh_offers() {
  # shellcheck disable=SC2016 # for zsh
  zsh_with -fc '_arguments() { }
    compset() { return 1; }
    compadd() { while [[ $1 != -a && $# -gt 0 ]]; do shift; done; print -rl -- ${(P)2}; }
    function_name=$1; shift
    words=(chunk-recv -p "$1" x) CURRENT=4
    . "$0"
    $function_name chunk-dump --color' "$completions/_chunk" "$@"
}

printf '[ABCD]\n["A B "]\ncontains = ["WXYZ"]\n' >own.toml
mkdir -p chunk/protocols
printf '# What one knows.\n[KNWN]\n' >chunk/protocols/known.toml

# The lists that completions are made of; chunk-serve needs no address to print them.
for tool in chunk-send chunk-recv chunk-dump chunk-serve; do
  XDG_CONFIG_HOME=$directory run "$tool" --list-protocols
  expect_status 0
  expect_no_err
  for name in example guess known none; do grep -qx "$name" out || fail "$tool: no $name"; done
  run "$tool" -p ./own.toml --list-ids
  expect_status 0
  expect_out A%20B%20 ABCD WXYZ
done
# With a line each.
for tool in chunk-send chunk-recv chunk-dump chunk-serve; do
  XDG_CONFIG_HOME=$directory run "$tool" -p help
  expect_status 0
  expect_no_err
  grep -qx 'png  *PNG files, also animated ones (APNG).' out || fail "$tool: no line for png"
  grep -qx 'known  *What one knows.' out || fail "$tool: no line for a file"
  grep -qx 'guess  *No protocol: .*' out || fail "$tool: no line for guess"
done
run chunk-dump --list-ids
expect_out ANSR CMPU DLAY ECHO NOOP NTVL OPER OPND SHUT STS%20 VALU

for shell in bash fish zsh; do
  command -v "$shell" >/dev/null || continue
  for tool in chunk-send chunk-recv chunk-dump chunk-serve; do
    options_of "$tool" >wanted
    "in_$shell" "$tool" -- >got
    ran="$shell: $tool"
    expect_same wanted got
  done
  [ "$shell" = zsh ] && continue
  ran="$shell"
  "in_$shell" chunk-dump --color a >got
  expect_file got always auto
  "in_$shell" chunk-send --report '' >got
  expect_file got html: junit: tap text
  "in_$shell" chunk-recv -p ./own.toml --only '' >got
  expect_file got A%20B%20 ABCD WXYZ
  XDG_CONFIG_HOME=$directory "in_$shell" chunk-recv -p known --only '' >got
  expect_file got KNWN
  XDG_CONFIG_HOME=$directory "in_$shell" chunk-recv -p kn >got
  expect_file got known
  "in_$shell" chunk-recv --skip N >got
  expect_file got NOOP NTVL
  "in_$shell" chunk-serve --exec N >got
  expect_file got NOOP= NTVL=
done
if command -v zsh >/dev/null; then
  ran=zsh
  zsh_offers _chunk_words - >got
  expect_file got auto always never
  zsh_offers _chunk_ids ./own.toml >got
  expect_file got A%20B%20 ABCD WXYZ
  XDG_CONFIG_HOME=$directory zsh_offers _chunk_ids known >got
  expect_file got KNWN
fi
if command -v fish >/dev/null; then
  ran=fish
  in_fish chunk-send request:EC >got
  expect_file got request:ECHO
  in_fish chunk-send delay: >got
  expect_file got
  in_fish chunk-send -c tcp: >got
  expect_file got tcp:
  in_fish chunk-serve --exec ECHO=chunk-d >got
  expect_file got ECHO=chunk-dump
fi
if command -v zsh >/dev/null; then
  ran=zsh
  # shellcheck disable=SC2016 # for zsh
  zsh_with -fc '_arguments() { print -rl -- "$@"; }
    words=(chunk-serve --) CURRENT=2
    . "$0"' "$completions/_chunk" | grep -F -- '--exec=[' >got
  grep -q ':ID=COMMAND:_chunk_handlers$' got || fail "zsh: $(cat got)"
fi
# Bash has = and : by themselves.
in_bash chunk-serve --exec ECHO = chunk-d >got
expect_file got chunk-dump
in_bash chunk-serve --exec = ECHO = chunk-d >got
expect_file got chunk-dump
in_bash chunk-dump --color = n >got
expect_file got never
in_bash chunk-send request : EC >got
expect_file got ECHO
in_bash chunk-send -v request : >got
grep -qx ECHO got || fail "request: $(cat got)"
in_bash chunk-send CMPU : OP >got
expect_file got OPER OPND
# Behind the scheme of an address stands no action, nor behind a time.
for words in '-c tcp :' '-c tcp : localhost :' '--connect = tcp :' 'delay :'; do
  # shellcheck disable=SC2086 # words
  in_bash chunk-send $words >got
  expect_file got ''
done
in_bash chunk-send -c unix : own >got
expect_file got own.toml
in_bash chunk-serve unix : own >got
expect_file got own.toml
in_bash chunk-send connect : un >got
expect_file got unix:
in_bash chunk-send --report junit : own >got
expect_file got own.toml
in_bash chunk-send @ own. >got
expect_file got own.toml
