#!/bin/sh
# While its output is not read, chunk-recv -k makes senders wait, uses little memory, and ends at a second signal.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkfifo between ready
exec 8<>between
chunk-recv -k -l unix:socket --ready-fd 3 -w 0.2 >between 2>merger.err 3>ready 8>&- &
merger=$!
own "$merger"
read -r address <ready
{ echo 'repeat:1000' && echo 'ECHO,fill=100000:x' && echo end; } >script
for number in 1 2 3 4; do
  chunk-send -c "$address" -f script 2>"$number.err" 8>&- &
  own "$!"
done

# Nobody is late, although nothing is read from them for longer than -w.
chunk-send delay:1
expect_file merger.err
timeout 50 head -c 100000000 <&8 | chunk-recv -F none -v 2>counted || :
grep -q '^chunk-recv: 99[0-9] chunks' counted || fail "$(cat counted)"
expect_file merger.err

kill -TERM "$merger"
chunk-send delay:0.3
kill -0 "$merger" || fail 'it did not try to put out the rest'
kill -TERM "$merger"
finish "$merger"
expect_status 143
[ ! -e socket ] || fail 'the socket file is still there'
