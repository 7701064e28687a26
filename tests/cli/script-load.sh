#!/bin/sh
# chunk-send --clients, --rate and --duration repeat a case, and report the results and durations.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# what_of FILE: the rows of a load without all that is measured, but for the numbers in the first
what_of() {
  sed -E -e '/^ /d' -e 's/^(time +).*/\1TIME/' -e 's/, [0-9]+ a second/, R a second/' \
    -e 's/^(processor +).*/\1TIME/' -e 's/(min|median|p90|p99|p99.9|max) [0-9.]+ (s|ms|us|ns)/\1 T/g' "$1"
}

# counts FILE N: its bars stand for N passes in all
counts() {
  sum=$(sed -n 's/^ *< *[0-9.]* [a-z]* *\([0-9]*\) .*/\1/p' "$1" | awk '{ sum += $1 }
    END { print sum }')
  [ "$sum" = "$2" ] || fail "$sum, not $2 in $(cat "$1")"
}

start server chunk-serve unix:server
server=$pid
latency='latency    min T, median T, p90 T, p99 T'
slowest='slowest    p99.9 T, max T'

# Without a duration, each does it once.
run timeout 20 chunk-send -c unix:server --clients 5 'ECHO:client %{client}' \
  'expect:ECHO:client %{client}'
expect_status 0
expect_no_err
expect_plain out
what_of out >rows
expect_file rows 'clients    5' 'time       TIME' 'passes     5, R a second, 0 failed' \
  'replies    5, R a second' 'sent       80 bytes, R a second' 'processor  TIME' "$latency" "$slowest"
counts out 5

# Each has its own number, connection and random bytes.
fake unix:fake --verbose <<'EOF'
expect:ECHO:{number}
ECHO:%{number}
expect-close
EOF
run timeout 20 chunk-send -c unix:fake --clients 4 --seed 1 'ECHO:%{client}' \
  'expect:ECHO:%{client}'
expect_status 0
stop "$pid"
expect_status 0
log_of fake.err | grep -c 'event=script-passed conn=[1-4] requests=1 out=9$' >count
expect_file count 4
[ "$(grep -c event=accept fake.err)" -eq 4 ] || fail "$(cat fake.err)"

# For a time, as fast as it goes, and at a rate
run timeout 20 chunk-send -c unix:server --clients 5 --duration 0.3 'ECHO:%{client}' \
  'expect:ECHO:%{client}'
expect_status 0
expect_no_err
passes=$(sed -n 's/^passes *\([0-9]*\),.*/\1/p' out)
[ "$passes" -ge 5 ] || fail "$(cat out)"
what_of out >rows
expect_file rows 'clients    5' 'time       TIME' "passes     $passes, R a second, 0 failed" \
  "replies    $passes, R a second" "sent       $((passes * 9)) bytes, R a second" 'processor  TIME' \
  "$latency" "$slowest"
counts out "$passes"
run timeout 20 chunk-send -c unix:server --rate 100 --duration 0.3 NOOP expect:NOOP
expect_status 0
expect_no_err
what_of out >rows
expect_file rows 'clients    1' 'time       TIME' 'passes     30, R a second, 0 failed' \
  'replies    30, R a second' 'sent       240 bytes, R a second' 'processor  TIME' "$latency" "$slowest"
run timeout 20 chunk-send -c unix:server --rate 1e-300 --duration 0.3 NOOP expect:NOOP
expect_status 0
grep -q '^passes     1, ' out || fail "$(cat out)"
run timeout 20 chunk-send -c unix:server --rate 1000 --clients 3 NOOP
expect_status 0
expect_no_err
what_of out >rows
expect_file rows 'clients    3' 'time       TIME' 'passes     3, R a second, 0 failed' \
  'replies    0, R a second' 'unexamined 3 replies' 'sent       24 bytes, R a second' \
  'processor  TIME' 'latency    none: no step waits for a reply, so this is the speed of sending'

# What is prepared is prepared once, for all of them.
cat >script <<'EOF'
run:echo prepared >>log
start:exec chunk-serve %{address}
let:text=common
test-case:one
ECHO:other
expect:ECHO:other
test-case:two
ECHO:%{text}
expect:ECHO:common
EOF
run timeout 20 chunk-send -f script --clients 3 --case two
expect_status 0
expect_no_err
grep '^passes ' out | what_of /dev/stdin >rows
expect_file rows 'passes     3, R a second, 0 failed'
expect_file log prepared
run timeout 20 chunk-send -f script --clients 3
expect_status 2
expect_no_out
expect_err 'chunk-send: --clients: runs one case, not 2; choose it by --case'
expect_file log prepared

# Failures: of some, with the first one in full
run timeout 20 chunk-send -c unix:server --clients 3 'ECHO:%{client}' expect:ECHO:~3
expect_status 1
sed 's/ECHO:[12]/ECHO:N/' err >moved
mv moved err
expect_report <<'EOF'
chunk-send: unix:server: expect:ECHO:~3: the payload does not match ~3
  peer      unix:server
  expected  expect:ECHO:~3
  received  ECHO:N  (at stream offset 0x0)
  before    argument 1: ECHO:%{client}
EOF
what_of out >rows
expect_file rows 'clients    3' 'time       TIME' 'passes     1, R a second, 2 failed' \
  'replies    3, R a second' 'sent       27 bytes, R a second' 'processor  TIME' "$latency" "$slowest" \
  'failed     2 times: the payload does not match ~3'
stop "$server"
run timeout 20 chunk-send -c unix:server --clients 3 NOOP expect:NOOP
expect_status 3
expect_report <<'EOF'
chunk-send: NOOP: unix:server: no such file or directory
EOF
what_of out >rows
expect_file rows 'clients    3' 'time       TIME' 'passes     0, R a second, 3 failed' \
  'replies    0, R a second' 'sent       0 bytes, R a second' \
  'failed     3 times: unix:server: no such file or directory'

# A server that serves fewer at once: the report says where to look.
start limited chunk-serve unix:limited --max-per-peer 1
run timeout 20 chunk-send -c unix:limited --clients 3 ECHO:a expect:ECHO:a
expect_status 3
grep -q '^           [12] pass.* lost the connection; the server may limit how many ' out ||
  fail "$(cat out)"
awk 'length > 80' out >long
expect_file long
stop "$pid"

# Whatever there is to say, no line has more than 80 columns.
start server chunk-serve unix:server
long=$(printf '%.0swords and ' $(seq 30))
run timeout 20 chunk-send -c unix:server --clients 2 'ECHO:%{client}' "expect:ECHO:~$long" \
  --duration 0.05
expect_status 1
awk 'length > 80' out >long
expect_file long
grep -c '^           ' out >count
[ "$(cat count)" -ge 1 ] || fail "$(cat out)"

stop "$pid"

# Mistakes
for options in '--clients 0' '--rate 0' '--rate -1' '--duration 0' '--duration x' \
  '--clients 2 --tap' '--clients 2 --split-sweep' '--rate 1 --strict'; do
  # shellcheck disable=SC2086 # words
  run chunk-send -c unix:none $options NOOP
  expect_status 2
  expect_no_out
done
run chunk-send --clients 2 NOOP
expect_status 2
expect_no_out
expect_err "chunk-send: 'NOOP': needs a peer; use --connect or --listen"
