#!/bin/sh
# Faults in containers are told in the same words, and have the same status, whether a container is
# held whole or walked.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >riff.toml <<'END_OF_FILE'
header = "id:4 length:u32le"
align = 2
depth = 8
[RIFF]
contains = ["fmt ", "data*", "LIST?"]
prefix = 4
[LIST]
contains = ["INFO", "ISFT?"]
prefix = 4
["fmt "]
[data]
[INFO]
[ISFT]
END_OF_FILE

# makes FILE CONTENTS SIZE: RIFF with these contents, which have a prefix, and `data` of SIZE bytes.
makes() {
  chunk-send "raw-send:$2" >contents
  chunk-send "raw-send:RIFF$(le32 $(($(wc -c <contents) + 8 + $3)))$2data$(le32 "$3")" >"$1"
  truncate -s +"$3" "$1"
}

# What is missing and what is repeated is found in both, where only more than 16 MiB are walked.
faulty='WAVELIST%04%00%00%00abcdLIST%24%00%00%00INFOISFT%03%00%00%00sox%00ISFT%01%00%00%00b%00ODDX%01%00%00%001%00'
makes small "$faulty" 2
makes large "$faulty" 17000000
for size in small large; do
  mv $size stream
  run chunk-dump -p ./riff.toml --check stream
  expect_status 1
  expect_no_err
  sort out >$size.findings
done
expect_file small.findings \
  'stream:0x0: RIFF: no fmt%20' \
  'stream:0x18: RIFF: LIST: no INFO' \
  'stream:0x18: RIFF: more than one LIST' \
  'stream:0x30: RIFF: LIST: more than one ISFT' \
  'stream:0x3a: RIFF: LIST: unexpected ODDX' \
  'stream:0xc: RIFF: LIST: no INFO'
expect_same small.findings large.findings

# A container that its subchunks do not fill: the same line and the same status in every format.
for size in 4 5000 200000; do
  {
    chunk-send "raw-send:RIFF$(le32 $((24 + size)))WAVEfmt %02%00%00%0012data$(le32 $((size + 100)))"
    head -c $((size + 2)) /dev/zero
    chunk-send "raw-send:fmt %00%00%00%00"
  } >lie
  for format in hex list text json summary none; do
    run chunk-dump -p ./riff.toml -F $format lie
    expect_status 5
    expect_err "chunk-dump: lie: in RIFF at byte 0x16: data declares $((size + 100)) bytes, $((size + 2)) are there"
  done
  for format in hex text none; do
    run chunk-recv -p ./riff.toml -F $format <lie
    expect_status 5
    expect_err "chunk-recv: standard input: in RIFF at byte 0x16: data declares $((size + 100)) bytes, $((size + 2)) are there"
  done
  run chunk-recv -p ./riff.toml -F raw <lie
  expect_status 0
  expect_no_err
  expect_same lie out
  run chunk-dump -p ./riff.toml --check lie
  expect_status 1
  expect_no_err
  head -n 1 out >first
  expect_file first "lie:0x16: RIFF: data declares $((size + 100)) bytes, $((size + 2)) are there"
  run chunk-dump -p ./riff.toml --check --json lie
  grep -q '"offset":22,"kind":"malformed","id":"RIFF","subchunk":"data"' out || fail "$ran: $(cat out)"
done
run chunk-dump -p ./riff.toml --resync --list lie
expect_status 5
expect_err "chunk-dump: lie: in RIFF at byte 0x16: data declares 200100 bytes, 200002 are there"
# On a deeper level as well.
run chunk-send -p ./riff.toml 'RIFF:WAVE:LIST=INFOabc'
mv out deep
run chunk-dump -p ./riff.toml --list deep
expect_status 5
expect_err 'chunk-dump: deep: in LIST at byte 0x18: 3 bytes are left, too few for a subchunk'

# A container that is cut between two subchunks.
makes cut 'WAVEfmt %02%00%00%0012' 200000
head -c 22 cut >shorter
run chunk-dump -p ./riff.toml shorter
expect_status 5
expect_err 'chunk-dump: shorter: truncated at byte 0x0: RIFF declares 200022 bytes, 14 are there'
expect_out '00000000  RIFF      200022  "WAVE"' '0000000c    fmt%20       2  "12"' '              (truncated)'
run chunk-dump -p ./riff.toml --check shorter
expect_status 1
expect_out 'shorter:0x0: truncated: RIFF declares 200022 bytes, 14 are there'
run chunk-dump -p ./riff.toml --check --json shorter
expect_out '{"file":"shorter","offset":0,"kind":"truncated","id":"RIFF","subchunk":null,"message":"truncated: RIFF declares 200022 bytes, 14 are there"}'
run chunk-dump -p ./riff.toml --summary shorter
grep -q '^1 fault, 200008 bytes missing$' out || fail "$ran: $(cat out)"
for cut in 22 23 30 33; do
  head -c $cut cut >shorter
  chunk-dump -p ./riff.toml --text shorter 2>err | chunk-send -p ./riff.toml -f - >again
  expect_same shorter again
  chunk-dump -p ./riff.toml --json shorter 2>err | chunk-send -p ./riff.toml --from json >again
  expect_same shorter again
done

# Bytes that cannot be a header: nothing tells where the next one begins, and the rest are bytes, in
# whatever pieces they come.
cp "$data"/protocols/netstring.toml "$data"/protocols/png.toml .
{
  printf '5:hello,3:abc,garbage:'
  head -c 200000 /dev/zero | tr '\0' '~'
  printf '3:xyz,'
} >garbage
for protocol in netstring png; do
  for format in text json; do
    case $format in text) back='-f -' ;; json) back='--from json' ;; esac
    run chunk-dump -p "./$protocol.toml" -F "$format" garbage
    expect_status 5
    # shellcheck disable=SC2086 # words of a command
    chunk-send -p "./$protocol.toml" $back <out >again
    expect_same garbage again
  done
done
run chunk-dump -p ./netstring.toml --list garbage
expect_status 5
expect_err 'chunk-dump: garbage: no header at byte 0xe: g'
[ "$(wc -l <out)" -eq 3 ] || fail "$ran: $(cat out)"
run chunk-dump -p ./netstring.toml --check garbage
expect_status 1
expect_out 'garbage:0xe: no header: g'
run chunk-dump -p ./netstring.toml --summary garbage
grep -q '^1 fault, 200014 bytes outside chunks$' out || fail "$ran: $(cat out)"
