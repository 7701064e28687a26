#!/bin/sh
# chunk-dump says of a file that is no chunk stream what it looks like, instead of showing all its bytes; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Bytes that are nothing that is known
{
  printf '\177ELF\002\001\001\000'
  head -c 200000 /dev/zero
} >program
run chunk-dump program
expect_status 5
expect_out \
  '00000000  (not a chunk)' \
  '00000000    7f 45 4c 46 02 01 01 00                           .ELF....'
says='does not look like a chunk stream'
unknown="$says: at byte 0x0, %7fELF declares 65794 bytes; -p none shows all of it"
expect_err "chunk-dump: program: $unknown"

# From a pipe, too, and the next file is shown.
{ head -c 5 program && tail -c +6 program; } | run chunk-dump --list - "$data/req.chunk"
expect_status 5
grep -v '^==>\|^0' out && fail 'something else'
[ "$(grep -c '^0' out)" -eq 5 ] || fail "$(cat out)"
expect_err "chunk-dump: standard input: $unknown"
run chunk-dump --summary program
expect_status 5
grep -qx '1 fault, 8 bytes outside chunks' out || fail "$(cat out)"

# A text
printf '#!/bin/sh\necho hello\n' >script
run chunk-dump script
expect_status 5
expect_err "chunk-dump: script: $says: at byte 0x0, %23!/b declares 1932488297 bytes; -p none shows all of it"

# All of it is shown to those who ask, and what stands for the same bytes always is.
run chunk-dump -p none script
expect_status 5
expect_out \
  '00000000  %23!/b  1932488297' \
  '00000008    68 0a 65 63 68 6f 20 68  65 6c 6c 6f 0a           h.echo hello.' \
  '            (truncated)'
chunk-dump --text program 2>err | chunk-send -f - >copy
expect_same program copy
chunk-dump --json program 2>err | chunk-send --from json >copy
expect_same program copy

# What begins with chunks has a wrong length, and is shown as before.
{
  chunk-send ECHO:hi
  cat program
} >behind
run chunk-dump --list behind
expect_status 5
grep -q '^0000000a  %7fELF' out || fail "$(cat out)"
grep "$says" err && fail 'has chunks'

# Formats that a built-in protocol is for
for each in amqp.client beam caf.sox djvu glb http2.client i3.server iff.aiff lsp.server midi mp4.m4a png \
  riff.avi-pipe rifx w64.sox wasm; do
  file=$data/framings/$each.bin
  run chunk-dump "$file"
  expect_status 5
  expect_err "chunk-dump: $file: $says, but like ${each%%.*}: try -p ${each%%.*}"
  run chunk-dump -p "${each%%.*}" "$file"
  grep "$says" err && fail "$each: has a protocol"
done

# A stream of chunks that is one of another protocol as well is shown.
chunk-send -p riff "RIFF:WAVE:data=$(printf %070000d 0)" >sound
run chunk-dump --list sound
expect_status 0
expect_out '00000000  RIFF       70012'
expect_err 'chunk-dump: sound: looks like riff: try -p riff'
run chunk-dump -q --list sound
expect_status 0
expect_no_err
