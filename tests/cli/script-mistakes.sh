#!/bin/sh
# A mistake in a script is reported with its place and marked, with status 2, before anything happens.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses REASON MARKS ACTION...: of the last action, where MARKS are below it if there are any.
# A status of 3 would tell of an attempt to connect.
refuses() {
  reason=$1
  marks=$2
  shift 2
  printf '%s\n' "$@" >script
  for action in "$@"; do :; done
  for option in '' --check; do
    run chunk-send --connect=unix:none ${option:+"$option"} -f script
    expect_status 2
    expect_no_out
    expect_err "chunk-send: script:$#: $reason" ${marks:+"  $action" "  $marks"}
  done
}

# A script of another program: what hides before its first line is named.
printf '\357\273\277NOOP\n' >script
run chunk-send -f script
expect_status 2
expect_no_out
expect_err 'chunk-send: script:1: begins with a byte order mark of UTF-8'
printf '\377\376N\0O\0' >script
run chunk-send --check -f script
expect_status 2
expect_err 'chunk-send: script:1: begins with a byte order mark of UTF-16'
run chunk-serve --script script unix:server
expect_status 2
expect_err 'chunk-serve: script:1: begins with a byte order mark of UTF-16'

# Values that double come to an end, whether they are known before or only when the script runs.
awk 'BEGIN {
  print "let:x0=aaaaaaaaaa"
  for (i = 1; i <= 40; i++) printf "let:x%d=%%{x%d}%%{x%d}\n", i, i - 1, i - 1
  print "ECHO:%{x40}"
}' >script
run chunk-send -m 1000 -f script
expect_status 2
expect_no_out
expect_err 'chunk-send: script:8: the value has more than 1000 bytes' '  let:x7=%{x6}%{x6}' \
  '         ^^^^^^^^^^'
printf 'let:a=aaaa\nrepeat:26\nlet:a=%%{a}%%{a}\nend\nECHO:x\n' >script
run chunk-send -m 1000 -f script
expect_status 1
expect_no_out
expect_err 'chunk-send: script:3: let:a=%{a}%{a}: the value has more than 1000 bytes'

# Names
refuses "'expekt:NOOP': neither an action nor an ID of four bytes; did you mean expect?" '' expekt:NOOP
refuses "'conect:unix:a': neither an action nor an ID of four bytes; did you mean connect?" '' \
  conect:unix:a
refuses "'nonsense': neither an action nor an ID of four bytes" '' NOOP nonsense
refuses "'foo': not a modifier of expect; there is exact" '       ^^^' expect,foo:ECHO
refuses "'ECHO': 'exact' needs contents to be exact about" '             ^^^^' expect,exact:ECHO
refuses "'request,exact:ECHO': has no modifiers" '' request,exact:ECHO

# Values
refuses "'%{no}': nothing before it gives this name a value" '     ^^^^^' 'ECHO:%{no}'
refuses "'%{a b}': not the name of a value; a literal % is written %25" '     ^^^^^^' 'ECHO:%{a b}'
refuses "'%{a': %{ has no }" '     ^^^' 'ECHO:%{a'
refuses "'9=x': not NAME=text; a name has letters, digits, - and _, and begins with a letter" \
  '    ^^^' let:9=x
refuses "'x': not NAME=text; a name has letters, digits, - and _, and begins with a letter" \
  '    ^' let:x
refuses "'CHUNK_NOT_SET' is not set in the environment" '     ^^^^^^^^^^^^^^^^^^^^' \
  'ECHO:%{env:CHUNK_NOT_SET}'
refuses "'%{address}': there is no start: before it" '     ^^^^^^^^^^' 'ECHO:%{address}'
refuses "random: 'x' is not a whole number" '     ^^^^^^^^^^^' 'ECHO:%{random:x}'
refuses "'expect:ECHO:{x}': the name 'x' has its value already" '' let:x=1 'expect:ECHO:{x}'
refuses "'%{n}': is known only when the script runs, and cannot stand here" '       ^^^^' \
  'expect:ECHO:{n}' 'repeat:%{n}'

# Arguments
refuses "'expect': needs an argument after a colon; --update fills it in" '' expect
refuses "'close:x': takes no argument" '' close:x
refuses "'end:1': takes no argument" '' repeat:1 end:1
refuses "'sideways': there are shutdown:write and shutdown:read" \
  '         ^^^^^^^^' shutdown:sideways
refuses "'never': there are expect-close:eof and expect-close:reset" '             ^^^^^' \
  expect-close:never
refuses "'x': not a number of seconds" '      ^' delay:x
refuses 'timeout: 0 is not above 0' '        ^' timeout:0
refuses "retry: 0 is not above 0" "      ^" NOOP retry:0,1
refuses '99999999999 is above 1000000000' '      ^^^^^^^^^^^' delay:99999999999
refuses 'repeat: 99999999999 is above 4294967295' '       ^^^^^^^^^^^' repeat:99999999999
refuses "'1': needs MIN-MAX, in seconds" '       ^' NOOP within:1
refuses "'2-1': the first time is above the second" '       ^^^' NOOP within:2-1
refuses "slice: 'x' is not a whole number" '      ^' slice:x
refuses "repeat: 'x' is not a whole number" '       ^' repeat:x
refuses "'nowhere': not an address; try unix:PATH, tcp:HOST:PORT or a path with a /" \
  '         ^^^^^^^' wait-for:nowhere
refuses "'expect-raw:': needs bytes to expect" '' expect-raw:
refuses "'run:': needs a command" '' run:
refuses "'test-case:': needs a name" '' test-case:

# What a reply is like
refuses "'(': not a regular expression: missing ): (" '            ^^' 'expect:ECHO:~('
refuses "len= 'x' is not a whole number" '            ^^^^^' expect:ECHO:len=x
refuses "'9..3': the first length is above the second" '            ^^^^^^^^' expect:ECHO:len=9..3
refuses "'NOO' is not an ID of four bytes" '       ^^^' expect:NOO
refuses "'ECHO,len=3:a': no reply has a wrong length" '       ^^^^^^^^^^^^' expect:ECHO,len=3:a

# What is no text is not quoted.
{
  printf 'NOOP\nNOOP:a\0b\n'
  head -c 300 /dev/zero
  printf 'x\n'
} >script
run chunk-send --check -f script
expect_status 2
expect_no_out
expect_err 'chunk-send: script:3: binary data, and no action; -f names a script, and @ a file of chunks'

# A text with a control character is, and a hint comes before.
printf 'xpect:ECHO:%s\033\n' "$(printf 'a%.0s' $(seq 100))" >script
run chunk-send --check -f script
expect_status 2
grep -q 'did you mean expect?$' err || fail "$(cat err)"

# The order of steps
refuses "repeat:2 has no end" '' NOOP repeat:2
refuses "'end': there is no block that it could end" '' NOOP end
refuses "'within:0-1': no step follows whose time it could bound" '' NOOP within:0-1
refuses "'b': is not connected; 'b> connect:ADDR' comes first" '^' NOOP 'b> NOOP'

printf 'NOOP\ntest-case:one\nNOOP\n' >script
run chunk-send -c unix:none -f script
expect_status 2
expect_no_out
before='stands before the first test-case, where something can only be prepared'
expect_err "chunk-send: script:1: 'NOOP': $before"
printf 'within:0-1\ntest-case:one\nNOOP\n' >script
run chunk-send -c unix:none -f script
expect_status 2
expect_no_out
expect_err "chunk-send: script:1: 'within:0-1': $before"
printf 'test-case:one\nNOOP\nwithin:0-1\ntest-case:two\n' >script
run chunk-send -c unix:none -f script
expect_status 2
expect_no_out
expect_err "chunk-send: script:3: 'within:0-1': no step follows whose time it could bound"

# There is nobody to talk to.
printf 'NOOP\nexpect:NOOP\n' >script
run chunk-send -f script
expect_status 2
expect_no_out
expect_err "chunk-send: script:2: 'expect:NOOP': needs a peer; use --connect or --listen"

# A word that is a valid ID is sent, even if it looks like an action; where the protocol says nothing of
# it, a remark does.
printf '[GETK]\nreply = ["VALR"]\n[LOOP]\n' >kv.toml
printf '%s\n' GETK untl:VALR LOOP let:x=1 rety:3,1 >script
unknown="is sent as a chunk, of which ./kv.toml says nothing; did you mean"
for option in --check '-F none'; do
  # shellcheck disable=SC2086 # words
  run chunk-send -p ./kv.toml -f script $option
  expect_status 0
  expect_no_out
  expect_err "chunk-send: script:2: 'untl' $unknown until?" "chunk-send: script:5: 'rety' $unknown retry?"
done
run chunk-send -q -p ./kv.toml -f script --check
expect_no_err
for protocol in guess none; do
  run chunk-send -p "$protocol" -f script --check
  expect_status 0
  expect_no_err
done
printf 'n\n1\n2\n' >rows.csv
run chunk-send -p ./kv.toml --check for-each:rows.csv untl:VALR end
expect_err "chunk-send: 'untl' $unknown until?"
start server chunk-serve -p ./kv.toml --script script unix:server
stop "$pid"
grep -q "^chunk-serve: script:2: 'untl' $unknown until?\$" server.err || fail "$(cat server.err)"

# Nothing of the like
cat >script <<'EOF'
start:chunk-serve %{address}
test-case:good
skip-if:false
ECHO:a
within:0-1
expect:ECHO:{a}
b> connect:unix:%{a}
b> expect,exact:ECHO:PART=~a+:REST=
repeat:2
slice:1,0.1
end
EOF
run chunk-send -f script --check
expect_status 0
expect_no_out
expect_no_err
