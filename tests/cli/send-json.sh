#!/bin/sh
# chunk-send --from json sends the chunks that JSON lines describe, to standard output or a peer.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >req.json <<'END'
{"index":0,"depth":0,"offset":0,"id":"NOOP","length":0,"text":""}
{"index":1,"depth":0,"offset":8,"id":"ECHO","length":9,"text":"hi there!"}
{"index":2,"depth":0,"offset":25,"id":"CMPU","length":27}
{"index":3,"parent":2,"depth":1,"offset":33,"id":"OPER","length":1,"text":"+"}
{"index":4,"parent":2,"depth":1,"offset":42,"id":"OPND","length":1,"value":3,"text":"3"}
{"index":5,"parent":2,"depth":1,"offset":51,"id":"OPND","length":1,"value":4,"text":"4"}
{"index":6,"depth":0,"offset":60,"id":"SHUT","length":0,"text":""}
END
run chunk-send --from json <req.json
expect_status 0
expect_no_err
expect_same out "$data/req.chunk"

# shellcheck disable=SC2002 # a pipe, not a file
cat req.json | chunk-send --from=json >out
expect_same out "$data/req.chunk"

# What chunk-dump prints of a stream sends it again, whole or broken.
for stream in "$data"/*.chunk; do
  for protocol in guess example none; do
    chunk-dump --json -p "$protocol" "$stream" >lines 2>/dev/null || :
    expect_plain lines
    run chunk-send --from json <lines
    expect_status 0
    expect_no_err
    expect_same out "$stream"
  done
done

# Of a chunk with an error the length stays; bytes without an ID are sent as they are.
run chunk-send --from json <<'END'
{"id":"ECHO","length":65545,"base64":"aGk=","error":"truncated"}

{"length":2,"base64":"Tk8=","error":"truncated"}
END
expect_status 0
expect_no_err
expect_hex out '4543484f 09000100 6869 4e4f'

# Without one, all lengths follow from the contents, which other programs may have changed.
sed -e 's/"+"/"**"/' -e '/"index":0/d' req.json >edited
run chunk-send --from json <edited
expect_status 0
chunk-send ECHO:'hi there!' 'CMPU:OPER=**:OPND=3:OPND=4' SHUT >expected_stream
expect_same out expected_stream

# A container may hold its subchunks itself, as jq puts them there.
run chunk-send --from json <<'END'
{"id":"CMPU","length":1.0,"subchunks":[{"id":"OPER","text":"+"},{"index":3,"id":"OPND","value":3,"text":"3"}]}
END
expect_status 0
expect_no_err
chunk-send CMPU:OPER=+:OPND=3 >expected_stream
expect_same out expected_stream

# Values that are too large for a number of JSON come back as well.
digits=$(head -c 400 /dev/zero | tr '\0' 9)
chunk-send "DLAY:NTVL=$digits" DLAY:NTVL=1e999 DLAY:NTVL=1e-999 DLAY:NTVL=1e30 >stream
chunk-dump --json -p example stream >lines
run chunk-send --from json <lines
expect_status 0
expect_no_err
expect_same out stream

# To a peer, and the replies come.
for kind in unix:server tcp:127.0.0.1:0; do
  start server chunk-serve "$kind"
  run chunk-send -c "$address" --from json <<'END'
{"id":"ECHO","text":"\u00e9\u0000"}
{"id":"CMPU","index":"no matter"}
END
  expect_status 5
  expect_hex out '4543484f03000000 c3a900'
  expect_err 'chunk-send: standard input:2: "index" is no whole number'
  grep -v SHUT req.json >lines
  run chunk-send -c "$address" --from json <lines
  expect_status 0
  expect_no_err
  mv out replies
  run chunk-recv -F text -p example <replies
  expect_out NOOP 'ECHO:hi there!' ANSR:STS%20=1:VALU=7.0
  kill "$pid"
  finish "$pid"
done

# A long line, and many.
chunk-send ECHO,fill=5000000:0123456789 >long
chunk-dump --json long >lines
run chunk-send --from json <lines
expect_status 0
expect_same out long
i=0
while [ "$i" -lt 13 ]; do
  cat req.json req.json >lines
  mv lines req.json
  i=$((i + 1))
done
chunk-send --from json <req.json | chunk-recv -F text | tail -n 1 >out
expect_out SHUT
size=$(chunk-send --from json <req.json | wc -c)
[ "$size" -eq $((8192 * $(wc -c <"$data/req.chunk"))) ] || fail "$size bytes"
