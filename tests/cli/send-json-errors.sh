#!/bin/sh
# chunk-send --from json names the faulty line, and has sent the chunks before it; status 5.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# refuses REASON LINE: on the third line, behind a chunk and a blank one
refuses() {
  printf '{"id":"ECHO","text":"sent"}\n\n%s\n{"id":"NOOP"}\n' "$2" >lines
  run chunk-send --from json <lines
  expect_status 5
  expect_hex out '4543484f04000000 73656e74'
  expect_err "chunk-send: standard input:3: $1"
}

refuses 'not a JSON object' NOOP
refuses 'not a JSON object' '[{"id":"NOOP"}]'
refuses 'no JSON at column 13' '{"id":"NOOP"'
refuses 'no JSON at column 2' "$(printf '{\033[2J}')"
refuses 'none of "id", "text" and "base64"' '{"depth":0}'
refuses 'both "text" and "base64"' '{"id":"ECHO","text":"","base64":""}'
refuses 'no base64: not a digit in it' '{"id":"ECHO","base64":"YQ*="}'
refuses 'no base64: bits left over at its end' '{"id":"ECHO","base64":"YR=="}'
refuses "'%1b]0' is not an ID of four bytes" '{"id":"\u001b]0"}'
refuses '"text" is no string' '{"id":"ECHO","text":3}'
refuses '"length" is no whole number' '{"id":"ECHO","length":"3"}'
refuses 'depth 7: there are 0 and 1' '{"id":"ECHO","depth":7}'
refuses 'a subchunk without "parent"' '{"id":"ECHO","depth":1}'
refuses 'a subchunk of 0, which is not the container before it' '{"id":"ECHO","parent":0}'

refuses 'unknown member "txt"' '{"id":"ECHO","txt":"a"}'
refuses 'unknown member "%1b[2J"' '{"id":"ECHO","\u001b[2J":1}'
refuses '"text" twice' '{"id":"ECHO","text":"a","text":"b"}'
refuses 'begins with a byte order mark of UTF-8' "$(printf '\357\273\277{"id":"NOOP"}')"

# Nothing that follows a NUL is lost.
printf '{"id":"ECHO","text":"a"}\0{"id":"ECHO","text":"b"}\n' >lines
run chunk-send --from json <lines
expect_status 5
expect_no_out
expect_err 'chunk-send: standard input:1: no JSON at column 25'

# A container that was cut out of its subchunks is not sent without them.
for protocol in guess example; do
  chunk-dump --json -p $protocol "$data/req.chunk" | grep -e ECHO -e CMPU >lines
  run chunk-send --from json <lines
  expect_status 5
  expect_hex out '4543484f 09000000 686920746865726521'
  expect_err 'chunk-send: standard input:2: "length" is 27, but there is neither a payload nor a subchunk'
done
chunk-dump --json -p example --only CMPU --skip CMPU/OPER --skip CMPU/OPND "$data/req.chunk" >lines
run chunk-send --from json <lines
expect_status 5
expect_no_out
refuses 'the payload is null, and there is no subchunk' '{"id":"ECHO","text":null}'
refuses '"value" without "text" or "base64"' '{"id":"OPND","value":3}'

# A container is sent with all of its subchunks or not at all.
cat >lines <<'END'
{"id":"CMPU","index":0}
{"id":"OPER","parent":0,"text":"+"}
{"id":"CMPU","index":1}
{"id":"OPER","parent":1,"text":"+"}
{"id":"OPND","parent":0,"text":"3"}
END
run chunk-send --from json <lines
expect_status 5
expect_hex out '434d5055 09000000 4f504552 01000000 2b'
expect_err 'chunk-send: standard input:5: a subchunk of 0, which is not the container before it'

# Only a limit that is asked for is one.
printf '{"id":"ECHO","text":"123456789"}' >lines
run chunk-send --from json -m 9 <lines
expect_status 0
run chunk-send --from json -m 8 <lines
expect_status 5
expect_no_out
expect_err 'chunk-send: standard input:1: 9 bytes, more than 8'
head -c 70000 /dev/zero | tr '\0' ' ' >lines
run chunk-send --from json <lines
expect_status 0
expect_no_err
run chunk-send --from json -m 8 <lines
expect_status 5
expect_err 'chunk-send: standard input:1: a line too long for any chunk that is allowed'

# with HINT: a mistake in the options themselves
refuses_option() {
  message=$1
  shift
  run chunk-send "$@"
  expect_status 2
  expect_no_out
  expect_err "chunk-send: $message" "Try 'chunk-send --help'."
}
refuses_option 'ACTION excludes --from' --from json NOOP
refuses_option '--script excludes --from' --from json -f script
refuses_option "--from: 'xml' not in {raw,json,text}" --from xml
