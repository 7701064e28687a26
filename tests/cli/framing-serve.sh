#!/bin/sh
# Servers in the framings of protocol files: commands with fields, workers, and another server.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cp "$data"/protocols/*.toml .
# Here the server's side has a beginning as well.
sed 's/^start = { /&server = "hello%0a", /' "$data/protocols/http2.toml" >http2.toml

# A command gets the fields, and its reply has them; each side's start is read and written.
# shellcheck disable=SC2016 # for the command
start serve chunk-serve -p ./http2.toml unix:serve \
  --exec 'PING=echo "$CHUNK_ID $CHUNK_FIELD_FLAGS $CHUNK_FIELD_STREAM"; cat'
run chunk-send -c unix:serve -p ./http2.toml preamble request:PING,stream=7:hi \
  requestd:PING,flags=2::a:b
expect_status 0
expect_out 'PING,stream=7:PING 0 7%0ahi' 'PING,flags=2:PING 2 0%0aa%3ab'
run chunk-send -c unix:serve -p ./http2.toml preamble PING -F raw
expect_status 0
expect_hex out 68656c6c6f0a 000009 06 00 00000000 50494e4720302030 0a
run chunk-send -c unix:serve -p ./http2.toml preamble:wrong expect:PING
expect_status 3
stop "$pid"
expect_status 0
grep -q 'reason=violation' serve.err || fail "$(cat serve.err)"

# A worker that reads netstrings, in a few lines.
cat >worker.sh <<'END'
while IFS= read -r -d : size; do
  IFS= read -r -N "$size" text
  IFS= read -r -N 1 _
  text=${text^^}
  printf '%s:%s,' "${#text}" "$text"
done
END
if command -v bash >/dev/null; then
  start serve chunk-serve -p ./netstring.toml unix:serve --worker 'exec bash worker.sh'
  run chunk-send -c unix:serve -p ./netstring.toml request::hello request:::a:b request:
  expect_status 0
  expect_out ':HELLO' ':A%3aB' ':'
  run chunk-send -c unix:serve -p ./netstring.toml :x :y expect::X expect::Y
  expect_status 0
  # What the other server gets are the same bytes.
  worker=$pid
  start front chunk-serve -p ./netstring.toml unix:front --forward unix:serve
  printf '03:abc,5:hello,' >requests
  run chunk-send -c unix:front -p ./netstring.toml -F raw <requests
  expect_status 0
  printf '3:ABC,5:HELLO,' >replies
  expect_same out replies
  stop "$pid"
  expect_status 0
  stop "$worker"
  expect_status 0
fi

# An ID has to be one of the protocol.
run chunk-serve -p ./postgres.toml unix:serve --exec QQ=cat
expect_status 2
grep -q '^chunk-serve: --exec: ' err || fail "$(cat err)"

# Only the example protocol has handlers.
run chunk-serve -p ./postgres.toml unix:serve
expect_status 2
expect_err "chunk-serve: no handlers for the protocol './postgres.toml'; there is example, and yours by --exec, --worker or --script"
