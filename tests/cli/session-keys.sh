#!/bin/sh
# A line that is typed in a session stays as it is while replies arrive, and its keys do what they should.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tmux.sh
. "$tests/tmux.sh"

printf '[SUMM]\nsummary = "adds"\ncontains = ["OPER", "OPND*"]\nreply = ["ANSR"]\n[ECHO]\nreply = ["ECHO"]\n[VALU]\ntype = "text"\n' >own.toml
{
  echo expect:GOGO
  for each in $(seq 100); do printf 'PUSH:reply %s\ndelay:0.01\n' "$each"; done
  echo expect-close
} >push.script
fake unix:fake <push.script
pushing=$pid
start server chunk-serve unix:server

for columns in 80 160; do
  # A line that fills more than one row, typed letter by letter, with a hundred replies meanwhile.
  open_terminal "$columns" 'chunk-send -c unix:fake'
  await_last 'unix:fake>'
  type_keys GOGO Enter
  await_match 'PUSH:reply 1  .*'
  text=
  while [ "${#text}" -lt 170 ]; do
    type_keys x y z
    text=${text}xyz
  done
  await_line 'PUSH:reply 100'
  await_last "unix:fake> $text"
  {
    echo 'unix:fake> GOGO'
    seq -f 'PUSH:reply %g' 100
    echo "unix:fake> $text"
  } >wanted
  sed -e 's/  [0-9.]* [mu]*s$//' -e '/^# closed/d' shown >got
  diff -u wanted got >&2 || fail "$columns columns: the replies have shredded the line"
  # Another width, with the cursor in the second row and at the end of the first.
  resize_terminal 100
  await_last "unix:fake> $text"
  type_keys C-c
  await_last 'unix:fake>'
  type_keys C-d
  await_line 'ended with 0'

  open_terminal "$columns" 'chunk-send -p ./own.toml -c unix:server'
  await_last 'unix:server>'
  # TAB: an ID, a subchunk, an action, a name, a file, and a list where several are possible.
  type_keys SU Tab
  await_last 'unix:server> SUMM:'
  type_keys OPE Tab
  await_last 'unix:server> SUMM:OPER='
  type_keys C-c
  await_last 'unix:server>'
  type_keys raw-r Tab
  await_last 'unix:server> raw-receive:'
  type_keys C-c
  await_last 'unix:server>'
  type_keys expect- Tab
  await_line 'expect-close     expect-nothing:  expect-raw:'
  await_last 'unix:server> expect-'
  type_keys C-c
  await_last 'unix:server>'
  # What has contents has a colon, and only what may come as a reply can be expected.
  type_keys VA Tab
  await_last 'unix:server> VALU:'
  type_keys C-c
  await_last 'unix:server>'
  type_keys expect:S Tab U
  await_last 'unix:server> expect:SU'
  type_keys C-c
  await_last 'unix:server>'
  type_keys let:number=5 Enter 'ECHO:%{nu' Tab
  await_last 'unix:server> ECHO:%{number}'
  type_keys Enter
  await_match 'ECHO:5  [0-9.]+ [mu]?s'
  type_keys 'source ./own' Tab
  await_last 'unix:server> source ./own.toml'
  type_keys C-c
  await_last 'unix:server>'
  type_keys ECHO,le Tab
  await_last 'unix:server> ECHO,len='
  # Earlier lines, by the arrow and by a search.
  type_keys C-c
  await_last 'unix:server>'
  type_keys Up Up
  await_last 'unix:server> let:number=5'
  type_keys C-c
  await_last 'unix:server>'
  type_keys C-r '{num' Enter
  await_last 'unix:server>'
  type_keys ECHO:last Enter
  await_match 'ECHO:last  [0-9.]+ [mu]?s'
  await_times 2 'ECHO:5  [0-9.]+ [mu]?s'
  # A mistake is marked, and a block goes on below.
  type_keys ECH:a Enter
  await_line "chunk-send: 'ECH' is not an ID of four bytes; did you mean ECHO?"
  await_line '  ^^^'
  type_keys repeat:2 Enter
  await_last '...'
  type_keys ECHO:twice Enter
  type_text end
  type_keys Enter
  await_match 'ECHO:twice  .*'
  # Ctrl-C drops a block with the line that is being typed, and so does Ctrl-D.
  type_keys repeat:3 Enter
  await_last '...'
  type_keys ECHO:no
  await_last '... ECHO:no'
  type_keys C-c
  await_line 'chunk-send: the block is dropped'
  await_last 'unix:server>'
  type_keys repeat:3 Enter
  await_last '...'
  type_keys C-d
  await_times 2 'chunk-send: the block is dropped'
  await_last 'unix:server>'
  # Ctrl-C interrupts what is performed, clears what is typed, and ends the session at an empty line.
  type_keys delay:60 Enter
  await_last 'unix:server> delay:60'
  type_keys C-c
  await_line 'chunk-send: interrupted'
  await_last 'unix:server>'
  type_keys ECHO:no
  await_last 'unix:server> ECHO:no'
  type_keys C-c
  await_last 'unix:server>'
  type_keys C-c
  await_line 'ended with 0'
  rm -r state
done

# Only the owner can read the history; a line that begins with a blank is not in it.
open_terminal 80 'chunk-send -c unix:server'
await_last 'unix:server>'
type_keys ECHO:kept Enter ' ECHO:secret' Enter
await_match 'ECHO:secret  .*'
type_keys C-d
await_line 'ended with 0'
[ "$(stat -c '%a %n' state/chunk/history)" = '600 state/chunk/history' ] || fail "$(ls -l state/chunk)"
expect_file state/chunk/history ECHO:kept
open_terminal 80 'chunk-send -i -c unix:server'
await_last 'unix:server>'
type_keys Up
await_last 'unix:server> ECHO:kept'

# Without libedit, and where the cursor cannot move, lines are plain.
open_terminal 80 'TERM=dumb chunk-send -c unix:server'
await_last 'unix:server>'
type_keys ECHO:plain Enter
await_match 'unix:server> ECHO:plain  .*'
type_keys C-d
await_line 'ended with 0'
stop "$pid"
kill "$pushing"
finish "$pushing"
