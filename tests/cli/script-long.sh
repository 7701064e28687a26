#!/bin/sh
# A long block of a script takes memory that does not grow with it, from a file and from a pipe.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data"/protocols/riff.toml .
mkdir temporary
TMPDIR=$directory/temporary
export TMPDIR
size=20000000

# A file whose text is a block with a long line.
chunk-send "raw-send:RIFF$(le32 $((size + 46)))WAVEfmt %02%00%00%0012data$(le32 $size)" >stream
head -c $size /dev/zero | tr '\0' y >>stream
chunk-send 'raw-send:LIST%10%00%00%00INFOISFT%04%00%00%00sox%00' >>stream
chunk-dump -p ./riff.toml --text stream >text
grep -a -q '^RIFF:WAVE {$' text || fail "$(head -c 200 text)"

# What the program allocates is limited; files that are mapped are not.
command -v prlimit >/dev/null || skip 'no prlimit(1)'
limited() {
  prlimit --data=16777216 -- "$@"
}
run limited chunk-send -p ./riff.toml -f text
expect_status 0
expect_no_err
expect_same stream out
rm out
mkfifo pipe
cat text >pipe &
feeder=$!
own "$feeder"
run limited chunk-send -p ./riff.toml -f - <pipe
expect_status 0
expect_no_err
expect_same stream out
finish "$feeder"
# A chunk of any framing whose line is long.
rm out
{ printf 'ECHO::' && tail -c +$((1 + 30)) stream | head -c $size && echo; } >line
run limited chunk-send -f line
expect_status 0
expect_no_err
[ "$(wc -c <out)" -eq $((size + 8)) ] || fail "$ran: $(wc -c <out) bytes"
[ -z "$(ls temporary)" ] || fail "$(ls temporary)"

# The temporary files may have no room.
TMPDIR=$directory/nowhere
run chunk-send -p ./riff.toml -f text
expect_status 6
expect_err "chunk-send: temporary file in $TMPDIR: no such file or directory"
