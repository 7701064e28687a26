#!/bin/sh
# The action @FILE sends the chunks in a file, among other actions, and checks them.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

chunk-send ECHO:one ECHO:two >'a%20:file'
: >empty
run chunk-send NOOP '@a%20:file' @empty ECHO:three '@./a%20:file'
expect_status 0
expect_no_err
chunk-dump --text out >text
expect_file text NOOP ECHO:one ECHO:two ECHO:three ECHO:one ECHO:two

run chunk-send ECHO:zero @- ECHO:three <'a%20:file'
expect_status 0
chunk-dump --text out >text
expect_file text ECHO:zero ECHO:one ECHO:two ECHO:three

# Large ones, which are not held in memory, to a peer
chunk-send repeat:100 ECHO:%7b ECHO,fill=300000:abc end >large
start receiver chunk-recv -l unix:socket
run chunk-send -c unix:socket NOOP @large NOOP
expect_status 0
expect_no_err
finish "$pid"
chunk-send NOOP >noop
cat noop large noop >wanted
expect_same wanted receiver.out

# In scripts: tests, blocks and values
start server chunk-serve unix:server
cat >script <<'END'
let:name=file
repeat:2
@a%20:%{name}
expect:ECHO:one
expect:ECHO:two
end
END
run chunk-send --trace -c unix:server -f script
expect_status 0
sed -E 's/^ *[0-9.]+ //' err | grep '^> ' >trace
expect_file trace '> ECHO:one' '> ECHO:two' '> ECHO:one' '> ECHO:two'

# Cut: what was whole is sent
head -c 18 'a%20:file' >half
reason='half: truncated at byte 0xb: ECHO: a header has 8 bytes, 7 are there'
run chunk-send NOOP @half NOOP
expect_status 5
expect_err "chunk-send: $reason"
chunk-dump --text out >text
expect_file text NOOP ECHO:one
run chunk-send -c unix:server @half NOOP
expect_status 5
expect_err "chunk-send: $reason"
chunk-dump --text out >text
expect_file text ECHO:one
printf 'NOOP\n@half\n' >script
run chunk-send -f script
expect_status 5
expect_err "chunk-send: script:2: $reason"
printf 'NOOP\nexpect:NOOP\n@half\n' >script
run chunk-send -q -c unix:server -f script
expect_status 5
head -n 1 err >first
expect_file first "chunk-send: script:3: @half: $reason"

# Too large
run chunk-send -m 2 @'a%20:file'
expect_status 5
expect_no_out

# Not there: nothing is sent
mkdir folder
for each in 'none no such file or directory' 'folder is a directory'; do
  run chunk-send -c unix:none NOOP "@${each%% *}"
  expect_status 6
  expect_no_out
  head -n 1 err >first
  expect_file first "chunk-send: ${each%% *}: ${each#* }"
done
run chunk-send NOOP @
expect_status 2
expect_err "chunk-send: '@': @ needs the name of a file"

# An ID with an at sign is still one.
run chunk-send %40abc:x
expect_hex out 4061626301000000 78
