# Completion for Bash of chunk-send, chunk-recv, chunk-dump and chunk-serve. What options there are, and
# what values, the tools say themselves.
# shellcheck shell=bash

# The options of a tool, short and long, each with the name of its value if it has one.
_chunk_options() {
  "$1" --help 2>/dev/null |
    sed -nE 's/^  ((-[A-Za-z]),)?(--[a-z0-9-]+)( ([A-Z|=]+))?( .*)?$/\3 \5\n\2 \5/p' | grep '^-'
}

# The words that an option takes: a tool names them when it refuses another one. Where `?` is a right one, it
# refuses `--=`, which is no option of any tool. A word that a file follows ends with a colon.
_chunk_words() {
  "$1" "$2=?" --= 2>&1 >/dev/null </dev/null |
    sed -n 's/.* not in {\(.*\)}.*/\1/p' | sed 's/:FILE/:/g' | tr , ' '
}

# The IDs of the protocol that the command line names, as the tool lists them.
_chunk_ids() {
  local at protocol=
  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      -p | --protocol)
        protocol=${COMP_WORDS[at + 1]}
        [[ $protocol == = ]] && protocol=${COMP_WORDS[at + 2]} ;;
    esac
  done
  "${COMP_WORDS[0]}" ${protocol:+--protocol="$protocol"} --list-ids 2>/dev/null </dev/null
}

# The actions of chunk-send, with a colon where an argument has to follow.
_chunk_actions() {
  "$1" --list-actions 2>/dev/null |
    awk -F '\t' '$1 != "" { print $1 ($1 == "@" || $2 ~ /^(\[|$)/ ? "" : ":") }'
}

_chunk_reply() {
  local IFS=$'\n' found
  mapfile -t found < <(compgen "$@")
  COMPREPLY+=("${found[@]}")
}

_chunk_addresses() {
  compopt -o nospace -o filenames
  _chunk_reply -W $'unix:\nabstract:\ntcp:\ntls:\nvsock:\nfd:' -- "$1"
  _chunk_reply -f -- "$1"
}

# What stands without an option before it.
_chunk_argument() {
  local tool=$1 word=$2
  case ${tool##*/} in
    chunk-send)
      compopt -o nospace
      _chunk_reply -W "$(_chunk_actions "$tool")" -- "$word"
      _chunk_reply -W "$(_chunk_ids)" -- "$word" ;;
    chunk-dump)
      compopt -o filenames
      _chunk_reply -f -- "$word" ;;
    chunk-serve) _chunk_addresses "$word" ;;
  esac
}

# What the argument of an action is, such as ID[:contents]. A word that is no action is the ID of a chunk,
# whose subchunks have IDs.
_chunk_argument_of() {
  "$1" --list-actions 2>/dev/null | awk -F '\t' -v name="$2" '
    $1 == name { kind = $2; found = 1 }
    END { print found ? kind : "ID" }'
}

# What stands behind a colon: more of an address, of an action or of a chunk. Bash takes the colons for
# words of their own.
_chunk_after_colon() {
  local tool=$1 word=$2 at=$COMP_CWORD option first kind=
  [[ ${COMP_WORDS[at]} == : ]] || at=$((at - 1))
  while [[ $at -ge 2 && ${COMP_WORDS[at]} == : ]]; do at=$((at - 2)); done
  first=${COMP_WORDS[at + 1]} option=${COMP_WORDS[at]}
  [[ $option == = ]] && option=${COMP_WORDS[at - 1]}
  [[ $option == -* ]] && kind=$(_chunk_options "$tool" | sed -n "s/^$option //p")
  case ${tool##*/}:$kind in
    chunk-serve:) kind=ADDR ;;
    chunk-send:) kind=$(_chunk_argument_of "$tool" "$first") ;;
  esac
  case $kind:$first in
    ADDR:unix | LISTEN:unix)
      compopt -o filenames
      _chunk_reply -f -- "$word" ;;
    ADDR:connect | ADDR:wait-for | '[ADDR]':*) _chunk_addresses "$word" ;;
    ID*)
      compopt -o nospace
      _chunk_reply -W "$(_chunk_ids)" -- "$word" ;;
  esac
}

# Succeeds where the word stands after the ID of an option that takes ID=COMMAND. Bash takes the three
# for words of their own.
_chunk_follows_id() {
  local at=$COMP_CWORD option
  [[ ${COMP_WORDS[at]} == = ]] || at=$((at - 1))
  [[ $at -ge 3 && ${COMP_WORDS[at]} == = ]] || return
  option=${COMP_WORDS[at - 2]}
  [[ $option == = ]] && option=${COMP_WORDS[at - 3]}
  [[ $option == -* ]] && _chunk_options "$1" | grep -qx -- "$option ID=COMMAND"
}

_chunk() {
  local tool=$1 word=$2 before=$3 value
  # Bash takes these for words of their own.
  [[ $word == [=:@] ]] && before=$word word=
  [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
  [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if _chunk_follows_id "$tool"; then
    _chunk_reply -c -- "$word"
    return
  fi
  if [[ $before == @ ]]; then
    compopt -o filenames
    _chunk_reply -f -- "$word"
    return
  fi
  if [[ $before == : && " ${COMP_WORDS[*]:COMP_CWORD - 4:3} " == *' --report '* ]]; then
    compopt -o filenames
    _chunk_reply -f -- "$word"
    return
  fi
  if [[ $before == : ]]; then
    _chunk_after_colon "$tool" "$word"
    return
  fi
  if [[ $word == -* ]]; then
    _chunk_reply -W "$(_chunk_options "$tool" | cut -d ' ' -f 1)" -- "$word"
    return
  fi
  value=
  [[ $before == -* ]] && value=$(_chunk_options "$tool" | sed -n "s/^$before //p")
  case $before:$value in
    *:) _chunk_argument "$tool" "$word" ;;
    *:FILE)
      compopt -o filenames
      _chunk_reply -f -- "$word" ;;
    *:ADDR | *:LISTEN) _chunk_addresses "$word" ;;
    *:ID) _chunk_reply -W "$(_chunk_ids)" -- "$word" ;;
    *:COMMAND) _chunk_reply -c -- "$word" ;;
    *:ID=COMMAND)
      compopt -o nospace
      _chunk_reply -S = -W "$(_chunk_ids)" -- "$word" ;;
    -p:* | --protocol:*)
      compopt -o filenames
      _chunk_reply -W "$("$tool" --list-protocols 2>/dev/null </dev/null)" -- "$word"
      _chunk_reply -f -- "$word" ;;
    *) _chunk_reply -W "$(_chunk_words "$tool" "$before" | tr ' ' '\n')" -- "$word" ;;
  esac
}

complete -F _chunk chunk-send chunk-recv chunk-dump chunk-serve
