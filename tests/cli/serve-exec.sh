#!/bin/sh
# chunk-serve --exec answers each request by a command, with the details in its environment.
# shellcheck disable=SC2016 # shell commands of handlers
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# answers ADDRESS REQUEST REPLY
answers() {
  run timeout 20 chunk-send -c "$1" "request:$2"
  expect_status 0
  expect_out "$3"
}

cat >rules.toml <<'END'
[COUN]
summary = "counts bytes"
reply = ["SIZE", "ANSR"]
[SIZE]
type = "text"
[MUST]
contains = ["NAME"]
reply = ["SIZE"]
[NAME]
END

start exec chunk-serve --max-chunk 4M --exec ECHO=cat --exec 'INFO=echo "$CHUNK_ID $CHUNK_LENGTH \
$CHUNK_CONNECTION $CHUNK_PEER ${CHUNK_PEER_UID-none} ${CHUNK_PEER_PID-none}"' \
  --exec 'A%3dB%20=echo "$CHUNK_ID"' --exec 'HEAD=head -c 3' ./exec tcp:127.0.0.1:0
next_address

# What is longer than any pipe, whole
head -c 2000000 /dev/urandom >contents
chunk-send ECHO:@contents >wanted
times=0
while [ "$times" -lt 50 ]; do
  times=$((times + 1))
  timeout 20 chunk-send -c ./exec ECHO:@contents >got || fail "request $times: status $?"
  expect_same wanted got
done

# Pipelined requests are answered in their order.
run timeout 20 chunk-send -c ./exec ECHO:a NOOP:ignored ECHO:b ECHO:
chunk-send ECHO:a NOOP ECHO:b ECHO: >wanted
expect_same wanted out

# Who asks, and what; a variable that is not known is not inherited either.
run timeout 20 chunk-send -c ./exec request:INFO:12345
expect_status 0
pid_seen=$(sed -n 's/^INFO:INFO 5 52 unix \([0-9]*\) \([0-9]*\)%0a$/\1 \2/p' out)
[ "${pid_seen% *}" = "$(id -u)" ] || fail "the user is another one: $(cat out)"
[ "${pid_seen#* }" -gt 0 ] || fail "no process: $(cat out)"
run timeout 20 chunk-send -c "$address" request:INFO
expect_status 0
sed 's/127.0.0.1%3a[0-9]*/127.0.0.1%3aPORT/' out >shown
expect_file shown 'INFO:INFO 0 53 tcp%3a127.0.0.1%3aPORT none none%0a'
answers ./exec A%3dB%20 'A%3dB%20:A%253dB%2520%0a'

# A command may leave what it does not want.
run timeout 20 chunk-send -c ./exec HEAD:@contents
expect_status 0
[ "$(wc -c <out)" -eq 11 ] || fail 'HEAD did not answer with 3 bytes'

# What nobody handles ends the connection.
run timeout 20 chunk-send -c ./exec ECHO:first WHAT ECHO:never
chunk-send ECHO:first >wanted
expect_same wanted out
await exec.err grep -q 'reason=violation detail="no handler for WHAT"' exec.err
stop "$pid"
expect_status 0
[ "$(grep -c 'event=close.*reason=violation' exec.err)" -eq 1 ] || fail "$(cat exec.err)"

# With a protocol, nothing that breaks its rules comes to a command, and it says what a reply is.
CHUNK_PEER_UID=inherited start rules chunk-serve -p rules.toml --exec 'COUN=wc -c' \
  --exec 'MUST=touch ran' ./rules
answers ./rules COUN:123 'SIZE:3%0a'
for wrong in MUST:OTHR=x MUST NOOP SIZE:5; do
  run timeout 20 chunk-send -c ./rules "$wrong" expect-close
  expect_status 0
done
stop "$pid"
expect_status 0
[ ! -e ran ] || fail 'a command saw a request that is wrong'
[ "$(grep -c 'reason=violation' rules.err)" -eq 4 ] || fail "$(cat rules.err)"

# The example protocol, if it is asked for
start example chunk-serve -p example --exec 'ECHO=tr a-z A-Z' ./example
answers ./example ECHO:shout ECHO:SHOUT
answers ./example NOOP NOOP
run timeout 20 chunk-send -c ./example CMPU:OPER=+ expect-close
expect_status 0
stop "$pid"
expect_status 0
grep -q 'reason=violation detail="no handler for CMPU"' example.err || fail "$(cat example.err)"
