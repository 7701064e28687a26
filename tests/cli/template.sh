#!/bin/sh
# --template of chunk-recv and chunk-dump writes what it says for each chunk, with the parts of the chunk
# that it names.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# both TEMPLATE ARGUMENT...: both tools write the same of the file stream, which is left in out.
both() {
  template=$1
  shift
  chunk-dump --template "$template" "$@" stream >dumped 2>dump.err && dump_status=0 || dump_status=$?
  # shellcheck disable=SC2002 # a pipe, not a file
  cat stream | chunk-recv --template "$template" "$@" >piped 2>/dev/null || :
  run chunk-recv --template "$template" "$@" <stream
  expect_same dumped out
  expect_same piped out
  [ "$status" = "$dump_status" ] || fail "$template: chunk-dump: status $dump_status, not $status"
}

cp "$data/req.chunk" stream
both '%{index} %{offset} %{id} %{length} <%{text}>%0a'
expect_status 0
expect_no_err
expect_out '0 0 NOOP 0 <>' '1 8 ECHO 9 <hi there!>' \
  '2 25 CMPU 27 <OPER%01%00%00%00+OPND%01%00%00%003OPND%01%00%00%004>' '3 60 SHUT 0 <>'
both '%{id}:%{base64}.' --only ECHO --only NOOP
printf 'NOOP:.ECHO:aGkgdGhlcmUh.' >wanted
expect_same wanted out
both '%25%00%7b}{%0A'
printf '%%\0{}{\n%%\0{}{\n%%\0{}{\n%%\0{}{\n' >wanted
expect_same wanted out
both 'x%0a' --skip NOOP --index 2..3 -n 1
expect_out x
chunk-recv --template '%{time}%0a' -n 1 <stream >out
grep -Eqx '20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}Z' out || fail "$(cat out)"

# Payloads as they are
chunk-send ECHO:%00%ff%0a%25 NOOP >stream
both '%{payload}'
printf '\0\377\n%%' >wanted
expect_same wanted out
both '%{payload}%{payload}'
printf '\0\377\n%%\0\377\n%%' >wanted
expect_same wanted out

# Subchunks, with the values that a protocol gives them; the first of those with the same ID
chunk-send CMPU:OPER=+:OPND=3:OPND=4 ECHO:x CMPU:OPND=5 >stream
for protocol in example guess; do
  both '%{id} %{OPER} %{OPND}%0a' -p "$protocol"
  expect_status 0
  expect_out 'CMPU + 3' 'ECHO  ' 'CMPU  5'
done
cat >kv.toml <<'END'
[PUTK]
contains = ["KEYN", "TTLS?"]
[KEYN]
type = "text"
[TTLS]
type = "u32"
[SIZE]
type = "u16"
END
chunk-send PUTK:KEYN=a%0a:TTLS=%3c%00%00%00 PUTK:KEYN=b PUTK:KEYN=c:TTLS=x SIZE:%01%02 SIZE:x >stream
both '%{KEYN} %{TTLS};' -p ./kv.toml --only PUTK
printf 'a\n 60;b ;c x;' >wanted
expect_same wanted out
both '%{value};' -p ./kv.toml --only SIZE
printf '513;x;' >wanted
expect_same wanted out

# Fields of a header, and IDs that are numbers, with or without names
chunk-send -p http2 HEADERS,flags=5,stream=1:ab 'DATA,stream=3:' 77:x >stream
both '%{id} %{flags} %{stream} %{text}%0a' -p http2
expect_out 'HEADERS 5 1 ab' 'DATA 0 3 ' '77 0 0 x'
cp "$data/framings/riff.wav-info.bin" stream
both '%{id} %{INAM}%{ISFT}%0a' -p riff
expect_status 0
[ "$(cut -d ' ' -f 1 out)" = RIFF ] || fail "$(cat out)"
cp "$data/framings/png.bin" stream
both '%{offset} %{id}%0a' -p png
chunk-dump -p png --json stream 2>/dev/null | sed -n 's/.*"offset":\([0-9]*\),"id":"\([^"]*\)".*/\1 \2/p' >wanted
expect_same wanted out
chunk-send -p u32be :one ::two >stream
both '%{length}:%{id}:%{text}%0a' -p u32be
expect_out 3::one 3::two

# Each preset: the chunks that JSON shows, and their payloads
for file in "$data"/framings/*.bin; do
  preset=${file##*/}
  preset=${preset%%.*}
  case $file in *.server.bin) side=server ;; *.client.bin) side=client ;; *) side= ;; esac
  cp "$file" stream
  both '%{offset}%0a' -p "$preset" ${side:+--side "$side"}
  chunk-dump -p "$preset" ${side:+--side "$side"} --json stream 2>/dev/null | grep -v '"preamble"' |
    sed -n 's/.*"depth":0,"offset":\([0-9]*\).*/\1/p' >wanted
  ran="$preset: ${file##*/}"
  expect_same wanted out
  both '%{payload}' -p "$preset" ${side:+--side "$side"}
  chunk-dump -p "$preset" ${side:+--side "$side"} -F payload stream >wanted 2>/dev/null || :
  expect_same wanted out
done

# Long chunks are written as they come, and what is too long to be held is refused.
chunk-send NOOP ECHO,fill=3000000:x NOOP >stream
both '%{length}<%{payload}>'
expect_status 0
{
  printf '0<>3000000<'
  head -c 3000000 /dev/zero | tr '\0' x
  printf '>0<>'
} >wanted
expect_same wanted out
both '%{base64}%0a' --only ECHO
base64 -d <out | tr -d x >rest
expect_file rest
both '%{payload}%{length}%{payload}' --only ECHO
{
  head -c 3000000 /dev/zero | tr '\0' x
  printf 3000000
  head -c 3000000 /dev/zero | tr '\0' x
} >wanted
expect_same wanted out
chunk-send NOOP ECHO,fill=17825792:x NOOP >stream
both '%{id} %{value}%0a'
expect_status 5
expect_out 'NOOP '
expect_err 'chunk-recv: standard input: too large at byte 0x8: ECHO declares 17825792 bytes, 16777216 are allowed'
both '%{id} %{length}%0a'
expect_status 0
expect_out 'NOOP 0' 'ECHO 17825792' 'NOOP 0'
run chunk-recv -m 20M --template '%{value}' <stream
expect_status 0
[ "$(wc -c <out)" = 17825792 ] || fail 'not the payload'

# An incomplete chunk is omitted, unless it is long; what is no chunk as well.
chunk-send ECHO:one ECHO,len=9:two >stream
both '%{index}:%{payload};'
expect_status 5
printf '0:one;' >wanted
expect_same wanted out
both '%{index}:%{payload}%{payload};'
printf '0:oneone;' >wanted
expect_same wanted out
chunk-send ECHO,len=9999:one ECHO:two NOOP >stream
run chunk-dump --resync --template '%{index} %{offset} %{id} %{text}%0a' stream
expect_status 5
expect_out '0 11 ECHO two' '1 22 NOOP '

# Several files and several senders
chunk-send ECHO:a >a
chunk-send ECHO:b NOOP >b
run chunk-dump --template '%{id} %{index} %{text}%0a' a b
expect_out 'ECHO 0 a' 'ECHO 0 b' 'NOOP 1 '
start recv chunk-recv -k -n 2 -l unix:in --template '%{index} %{id}%0a'
chunk-send -c unix:in ECHO:a NOOP
finish "$pid"
expect_status 0
expect_file recv.out '0 ECHO' '1 NOOP'

# An ID may be much like the name of a part, and a value may look like an option.
chunk-send ANSR:VALU=x >stream
both '%{VALU}%0a'
expect_out x
both '--quiet=%{VALU}='
printf %s --quiet=x= >wanted
expect_same wanted out

# A name that is also an ID or a field is that of the part of all chunks, then of the field; an escape makes
# it the ID.
printf '%s\n' 'header = "id:u8 kind:u8=7 length:u8"' 'depth = 1' \
  '[OUTR]' 'id = 1' 'inner = "id:4 length:u8"' 'contains = ["text", "kind"]' >names.toml
chunk-send -p ./names.toml OUTR:text=a:kind=b >stream
both '%{kind} %{%74ext} %{%6bind} %{%6Bind}%0a' -p ./names.toml
expect_out '7 a b b'
both '%{text}' -p ./names.toml
printf %s 'text%01akind%01b' >wanted
expect_same wanted out

# What is wrong is said at the start, with its place.
names='index, offset, id, length, payload, text, base64, value, time'
for tool in chunk-recv chunk-dump; do
  run "$tool" -p none --template 'a %{lenght} %{' </dev/null
  expect_status 2
  expect_no_out
  expect_err "$tool: --template: character 3: '%{lenght}': no part of a chunk has this name; did you mean length?"
  run "$tool" -p none --template '%{zzzzzz}' </dev/null
  expect_err "$tool: --template: character 1: '%{zzzzzz}': no part of a chunk has this name; there are $names"
  run "$tool" -p ./kv.toml --template '%0a%{KEYM}' </dev/null
  expect_err "$tool: --template: character 4: '%{KEYM}': no part of a chunk has this name; did you mean KEYN?"
  run "$tool" --template '%{tmie}' </dev/null
  expect_err "$tool: --template: character 1: '%{tmie}': no part of a chunk has this name; did you mean time?"
  run "$tool" -p http2 --template '%{steam}' </dev/null
  expect_err "$tool: --template: character 1: '%{steam}': no part of a chunk has this name; did you mean stream?"
  run "$tool" --template '%{id' </dev/null
  expect_err "$tool: --template: character 1: '%{id': the closing brace is missing"
  for wrong in %x0 %0 %%; do
    run "$tool" --template "a$wrong" </dev/null
    expect_status 2
    expect_err "$tool: --template: character 2: '$wrong': neither %{NAME} nor % and two hexadecimal digits"
  done
  misuse '--nested: goes with --format json only' "$tool" --nested --template x
done
misuse '--template: the value is empty' chunk-recv --template ''
for option in --width=4 --no-squeeze --max-bytes=4 --timestamps=delta --utf8=always; do
  misuse "--template excludes ${option%=*}" chunk-dump --template x "$option"
done
misuse '--template excludes --tap' chunk-dump --template x --tap unix:a unix:b
misuse '--format excludes --template' chunk-recv --template x -F text
misuse '--split excludes --template' chunk-recv --template x --split '{index}'
misuse '--exec excludes --template' chunk-recv --template x --exec true
misuse '--format text excludes --template' chunk-dump --template x -F text
misuse '--list excludes --template' chunk-dump --template x --list
misuse '--template excludes --tap' chunk-dump --template x --tap unix:a unix:b
misuse '--template excludes --width' chunk-dump --template x --width 8
run chunk-recv --delimiter , --template x </dev/null
expect_status 2
expect_err 'chunk-recv: --delimiter: goes with --format payload only'
run chunk-dump --only CMPU/OPND --template x "$data/req.chunk"
expect_status 2

# On a terminal, payloads are escaped, and what the template says is not.
need_terminal
chunk-send 'CMPU:OPER=%1b[31m%25' >stream
for command in 'chunk-dump stream' 'chunk-recv <stream'; do
  for name in payload OPER; do
    script -qec "${command%% *} --template '%{$name}%09.' ${command#* }" /dev/null >out 2>&1 </dev/null
    # shellcheck disable=SC2094 # another file
    case $name in
      payload) printf 'OPER%%06%%00%%00%%00%%1b[31m%%25\t.' ;;
      OPER) printf '%%1b[31m%%25\t.' ;;
    esac >wanted
    expect_same wanted out
  done
done
