#!/bin/sh
# -F says in which format chunk-dump, chunk-recv and chunk-send put a stream out; the options that
# chunk-dump has for some formats are short for it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

pages=$tests/../../man
cp "$data/req.chunk" stream

# offers TOOL: the formats that it takes, as it names them after a wrong one
offers() {
  "$1" -F '?' 2>&1 | sed -n "s/.*: '?' not in {\(.*\)}\$/\1/p" | tr , '\n'
}

# The pages and the help of the tools list what the tools take.
for tool in chunk-dump chunk-recv chunk-send; do
  ran=$tool
  offers "$tool" >offered
  [ -s offered ] || fail "$tool: names no format"
  awk '/^\.It Fl F/ { inside = 1; next }
    inside && /^\.It Fl/ { exit }
    inside && /^\.The default/ { exit }
    inside' "$pages/$tool.1" >about
  if [ "$tool" = chunk-send ]; then
    sed -n '/describes:$/,/^The default/s/^\.Cm \([a-z]*\).*/\1/p' about >listed
  else
    sed -n 's/^\.It Cm \([a-z]*\)$/\1/p' about >listed
  fi
  expect_same offered listed
  "$tool" --help | tr -s ' \n' ' ' | grep -q " $(paste -s -d , offered | sed 's/,/, /g') " ||
    fail "$tool: --help lists other formats"
done

# What is short for a format is the same.
for name in list text json summary check; do
  run chunk-dump "--$name" -p example stream
  mv out short
  run chunk-dump -F "$name" -p example stream
  expect_same short out
  run chunk-dump "--$name" -F "$name" -p example stream
  expect_status 0
  expect_same short out
done
run chunk-dump stream
mv out short
run chunk-dump --format hex stream
expect_same short out
run chunk-dump -F none stream
expect_status 0
expect_no_out
expect_no_err
head -c 30 stream >truncated
run chunk-dump -F none truncated
expect_status 5
expect_no_out

# JSON is also how the findings of check are written.
run chunk-dump --check --json -p example truncated
expect_status 1
mv out short
for how in '-F check --json' '--check -F json'; do
  # shellcheck disable=SC2086 # two words
  run chunk-dump $how -p example truncated
  expect_status 1
  expect_same short out
done

# The other tools show the same as chunk-dump.
printf 'repeat:3000\nCMPU:OPER=+:OPND=3\nend\n' | chunk-send -f - >short_ones
chunk-send ECHO,fill=100000:x @short_ones NOOP >long
for name in hex list text json summary; do
  for input in stream long; do
    chunk-dump -F "$name" "$input" >wanted
    run chunk-recv -F "$name" <"$input"
    expect_status 0
    expect_no_err
    expect_same wanted out
    run chunk-send -F "$name" <"$input"
    expect_status 0
    expect_no_err
    expect_same wanted out
    run chunk-send -F "$name" "@$input"
    expect_status 0
    expect_no_err
    expect_same wanted out
  done
done
run chunk-send -F payload ECHO:hi NOOP ECHO:you
expect_status 0
printf hiyou >wanted
expect_same wanted out
run chunk-send -F none ECHO:hi
expect_status 0
expect_no_out
run chunk-send -F raw ECHO:hi
expect_status 0
printf 'ECHO\2\0\0\0hi' >wanted
expect_same wanted out
run chunk-send -F text ECHO:hi raw-send:EC
expect_status 0
expect_out ECHO:hi raw-send:%45%43

# Replies, too; but not what actions print.
start server chunk-serve unix:server
run chunk-send -F list -c unix:server ECHO:hi NOOP
expect_status 0
expect_out '00000000  ECHO           2' '0000000a  NOOP           0'
run chunk-send -F json -c unix:server request:ECHO:hi NOOP
expect_status 0
expect_out ECHO:hi '{"index":0,"depth":0,"offset":10,"id":"NOOP","length":0,"text":""}'
run chunk-send -F summary -n 1 -c unix:server NOOP
expect_status 0
expect_out 'ID     count  bytes  min  median  max   share' \
  'NOOP       1      8    0       0    0  100.0%  ####################' \
  'total      1      8                    100.0%'

# What does not fit together
misuse '--list excludes --text' chunk-dump --list --text
misuse '--list excludes --format json' chunk-dump --list -F json
misuse '--json excludes --format list' chunk-dump -F list --json
misuse '--json excludes --summary' chunk-dump --summary --json
misuse '--list excludes --width' chunk-dump --list --width 8
misuse '--format none excludes --max-bytes' chunk-dump -F none --max-bytes 8
misuse '--text excludes --timestamps' chunk-dump --text --timestamps delta
misuse '--format summary excludes --timestamps' chunk-dump -F summary --timestamps delta
misuse '--check excludes --tap' chunk-dump --check --tap unix:a unix:b
misuse '--format: check is for chunk-dump only' chunk-recv -F check
misuse '--format: check is for chunk-dump only' chunk-send -F check NOOP
misuse '--format excludes --keep-open' chunk-send -k -l unix:a -F text
misuse '--format excludes --probe' chunk-send --probe -c unix:a -F text
run chunk-send --tap -F text -c unix:a NOOP
expect_status 2
expect_err 'chunk-send: --format: a test writes no replies'
