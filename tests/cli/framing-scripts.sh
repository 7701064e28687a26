#!/bin/sh
# Scripts in the framings of protocol files: fields, IDs that are numbers or none, what stands before
# the first chunk, containers on all levels, blocks.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data"/protocols/*.toml .

# The client's first chunk has a header of its own.
fake -p ./postgres.toml unix:postgres <<'END'
expect::~user%00postgres
R:%00%00%00%00
expect:Q:SELECT 1%00
T:%00%01?column?%00%00%00%00%00%00%00%00%00%00%17%00%04%ff%ff%ff%ff%00%00
D:%00%01%00%00%00%011
C:SELECT 1%00
Z:I
expect:X
close
END
cat >query.script <<'END'
:%00%03%00%00user%00postgres%00%00
expect:R:%00%00%00%00
Q:SELECT 1%00
expect:T:~column
expect:D:len=7
expect:C:~^SELECT
expect:Z:I
X
expect-close:eof
END
run chunk-send -c unix:postgres -p ./postgres.toml -f query.script
expect_status 0
stop "$pid"
expect_status 0

# Fields are compared where they are named, and shown where they are not the default.
fake -p ./http2.toml unix:http2 <<'END'
SETTINGS:%00%03%00%00%01%00
expect:SETTINGS,flags=0,stream=0:%00%03%00%00%00d
SETTINGS,flags=1
expect:PING:{text}
PING,flags=1,stream=3:%{text}
PING,flags=1:::
PING,flags=2
END
cat >http2.script <<'END'
preamble
SETTINGS:%00%03%00%00%00d
expect:SETTINGS:len=6
expect:SETTINGS,flags=1
request:PING::a:b=%25
expect:PING,stream=3::a:b=%25
expect:PING:::
expect:PING,flags=1
END
run chunk-send -c unix:http2 -p ./http2.toml -f http2.script
expect_status 1
expect_out 'PING,flags=1,stream=3:a%3ab%3d%25'
grep -q 'http2.script:8: expect:PING,flags=1: flags is 2, not 1$' err || fail "$(cat err)"
stop "$pid"

run chunk-send -c unix:none -p ./http2.toml expect:PING,flag=1
expect_status 2
expect_err "chunk-send: no field 'flag'; there are flags and stream" '  expect:PING,flag=1' '              ^^^^^^'
printf 'header = "id:1 length:u8 kind:u8"\n' >one.toml
printf 'header = "id:1 length:u8 kind:u8 flags:u8 stream:u8"\n' >three.toml
run chunk-send -p ./one.toml A,flag=1
expect_status 2
expect_err "chunk-send: no field 'flag'; there is kind" '  A,flag=1' '    ^^^^^^'
run chunk-send -p ./three.toml A,flag=1
expect_status 2
expect_err "chunk-send: no field 'flag'; there are kind, flags and stream" '  A,flag=1' '    ^^^^^^'
run chunk-send -c unix:none -p ./http2.toml HEADRES:x
expect_status 2
expect_err "chunk-send: 'HEADRES:x': neither an action nor an ID of ./http2.toml; did you mean HEADERS?"
run chunk-send -c unix:none -p ./http2.toml expect:HEADRES
expect_status 2
expect_err "chunk-send: 'HEADRES' is neither the name of an ID nor a number; did you mean HEADERS?" \
  '  expect:HEADRES' '         ^^^^^^^'

# Without IDs: an empty one.
fake -p ./netstring.toml unix:netstring <<'END'
expect::hello
::a:b
:
expect:::c:d
:e
END
run chunk-send -c unix:netstring -p ./netstring.toml request::hello expect:::a:b expect: ::c:d expect::e
expect_status 0
expect_out ':a%3ab'
stop "$pid"
expect_status 0

# Lengths that stand for themselves.
fake -p ./pkt-line.toml unix:git <<'END'
expect::~^want
expect:,len=0
,len=1
:ACK
END
run chunk-send -c unix:git -p ./pkt-line.toml ':want 1' ,len=0 request::x expect:,len=0
expect_status 1
stop "$pid"

# What stands before the first chunk.
run chunk-send -p ./png.toml preamble IEND
expect_status 0
expect_hex out 89504e470d0a1a0a 00000000 49454e44 ae426082
run chunk-send -p ./http2.toml preamble:abc
expect_status 0
expect_hex out 616263
run chunk-send -p ./riff.toml preamble
expect_status 2
expect_err "chunk-send: 'preamble': the protocol has no bytes before the first chunk"

# Containers on all levels, in one line and as a block.
run chunk-send -p ./riff.toml 'RIFF:WAVE:fmt%20=abc:LIST={INFO:ISFT=sox:ICMT=x}:data=12'
expect_status 0
mv out line
cat >block.script <<'END'
# a block
RIFF:WAVE {
  fmt%20:abc
  # deeper
  LIST:INFO {
    ISFT:sox
    ICMT:x
  }
  data:12
}
END
run chunk-send -p ./riff.toml -f block.script
expect_status 0
expect_same out line
run chunk-send -p ./riff.toml "$(sed 1d block.script)"
expect_status 0
expect_same out line
# A container without a prefix has no colon in its first line.
printf 'moov {\ntrak {\ntkhd:a\n}\n}\n' >block.script
run chunk-send -p mp4 -f block.script
expect_status 0
expect_hex out 00000019 6d6f6f76 00000011 7472616b 00000009 746b6864 61
run chunk-send -p mp4 'moov {
free:1
}'
expect_status 0
expect_hex out 00000011 6d6f6f76 00000009 66726565 31
printf 'RIFF:WAVE {\ndata:1\n},len=4096,pad=%%01\n' >block.script
run chunk-send -p ./riff.toml -f block.script
expect_status 0
expect_hex out 52494646 00100000 57415645 64617461 01000000 3100 01
printf 'NOOP:x\nRIFF:WAVE {\ndata:1\nLIST:INFX2 {\n}\n}\n' >block.script
run chunk-send -p ./riff.toml -f block.script
expect_status 2
expect_err "chunk-send: block.script:4: 'LIST:INFX2': 4 bytes stand before the subchunks, not 5" \
  '  LIST:INFX2 {' '  ^^^^^^^^^^'
printf 'RIFF:WAVE {\ndata:1\n' >block.script
run chunk-send -p ./riff.toml -f block.script
expect_status 2
expect_err "chunk-send: block.script:1: 'RIFF:WAVE {': a block without its }"
printf 'RIFF:WAVE {\ndata:%%{x}\nfmt%%20:%%{x}\n}\n' >block.script
run chunk-send -p ./riff.toml let:x=y=z -f block.script
expect_status 0
expect_hex out 52494646 1c000000 57415645 64617461 03000000 793d7a00 666d7420 03000000 793d7a00

# cut= and fill= are for whole chunks, in one line as in a block.
for wrong in fill=8 cut=3; do
  run chunk-send -p ./riff.toml "RIFF:WAVE:data,$wrong=ab"
  expect_status 2
  head -n 1 err >first
  expect_file first "chunk-send: '$wrong': cut= and fill= are for whole chunks"
  sed -n 3p err | tr -d ' ' >mark
  expect_file mark "$(echo "$wrong" | tr 'a-z0-9=' '^')"
  printf 'RIFF:WAVE {\ndata,%s:ab\n}\n' "$wrong" >block.script
  run chunk-send -p ./riff.toml -f block.script
  expect_status 2
  expect_err "chunk-send: block.script:2: '$wrong': cut= and fill= are for whole chunks" \
    "  data,$wrong:ab" "       $(echo "$wrong" | tr 'a-z0-9=' '^')"
done

# Values stand before subchunks, and are measured when they are known.
fake -p ./riff.toml unix:prefix <<'END'
expect:RIFF:{type}:data={bytes}
RIFF:%{type}:LIST={%{type}:data=%{bytes}}
expect:RIFF:%{type}:data=3
RIFF:%{bytes} {
data:x
}
END
run chunk-send -c unix:prefix -p ./riff.toml RIFF:AVI%20:data=12 \
  'expect:RIFF:{type}:LIST={{inner}:data=12}' 'RIFF:%{type} {
data:3
}'
expect_status 0
stop "$pid"
expect_status 1
grep -q "reason=\".*4 bytes stand before the subchunks, not 2" fake.err || fail "$(cat fake.err)"

fake -p ./riff.toml unix:riff <<'END'
expect:RIFF:WAVE:LIST={INFO:ICMT={comment}:ISFT=~^so}
expect,exact:RIFF:{type}:LIST={INFO:ISFT=sox}
RIFF:WAVE:LIST={INFO:ICMT=%{comment}}:data=%{type}
expect:RIFF:LIST={INFO:ISFT=so}
END
run chunk-send -c unix:riff -p ./riff.toml 'RIFF:WAVE:data=1:LIST={INFO:ISFT=sox:ICMT=x}' \
  'requestd:RIFF:AVI%20:LIST={INFO:ISFT=sox}' 'RIFF:WAVE:LIST={INFO:ISFT=sox}'
expect_status 0
expect_out 'RIFF:WAVE:LIST={INFO:ICMT=x}:data=AVI%20'
stop "$pid"
expect_status 1
grep -q 'reason="subchunk LIST: subchunk ISFT: the payload has 3 bytes, not 2"' fake.err ||
  fail "$(cat fake.err)"

# Files and standard input, which are checked.
run chunk-send -p ./png.toml @line
expect_status 5
run chunk-send -p ./riff.toml @line
expect_status 0
expect_same out line
run chunk-send -p ./riff.toml <line
expect_status 0
expect_same out line
head -c 30 line >short
run chunk-send -p ./riff.toml <short
expect_status 5

# Times, pieces and load are the same.
fake -p ./netstring.toml unix:netstring <<'END'
expect::hello
:bye
END
run chunk-send -c unix:netstring -p ./netstring.toml slice:1 :hello expect::bye
expect_status 0
run chunk-send -c unix:netstring -p ./netstring.toml --split-sweep :hello expect::bye
expect_status 0
run chunk-send -c unix:netstring -p ./netstring.toml --clients 3 :hello expect::bye
expect_status 0
run chunk-send -c unix:netstring -p ./netstring.toml --probe
expect_status 0
