#!/bin/sh
# A signal ends a test at once: its processes are killed, its results are reported, and it ends by the
# signal.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir temporary
TMPDIR=$directory/temporary
export TMPDIR
mkfifo ready

cat >script <<'EOF'
start:echo $$ >pids; exec chunk-serve --drain-timeout 0.01 %{address}
test-case:done
ECHO:a
expect:ECHO:a
test-case:failed
ECHO:b
expect:ECHO:c
test-case:in <the> "middle"
start:echo $$ >>pids; exec chunk-serve --drain-timeout 0.01 %{address}
connect
NOOP
expect:NOOP
run:echo $$ >>pids; sleep 1000 & echo $! >>pids; echo go >ready; wait
test-case:never begun
run:touch never
EOF
sed "s/^run:echo.*/DLAY:NTVL=50\nrun:echo go >ready\nexpect:NOOP/" script >waiting

# interrupted SIGNAL FILE OPTION...: sends the signal when the test has come to its middle
interrupted() {
  signal=$1
  tested=$2
  shift 2
  : >pids
  # What a shell starts in the background ignores SIGINT, unless it is told otherwise.
  env --default-signal=INT chunk-send -f "$tested" -w 20 "$@" >out 2>err &
  test=$!
  own "$test"
  timeout 20 head -n 1 ready >go
  expect_file go go
  kill -s "$signal" "$test"
  finish "$test"
  ran="chunk-send -f $tested $* and SIG$signal"
  case $signal in
    HUP) expect_status 129 ;;
    INT) expect_status 130 ;;
    TERM) expect_status 143 ;;
  esac
  [ -z "$(ls temporary)" ] || fail "$ran: $(ls -R temporary)"
  [ ! -e never ] || fail "$ran: went on"
  # shellcheck disable=SC2046 # they are numbers
  gone $(cat pids)
}

for script in script waiting; do
  for signal in INT TERM; do
    interrupted "$signal" "$script"
    expect_no_out
    grep '^chunk-send:' err >lines
    expect_file lines "chunk-send: $script:7: expect:ECHO:c: the payload differs: byte 0 is 62, not 63" \
      "chunk-send: interrupted by SIG$signal in 3 in <the> \"middle\": 1 passed, 1 failed"

    interrupted "$signal" "$script" --tap --junit junit.xml
    expect_no_err
    expect_plain out junit.xml
    sed '/^  ---$/,/^  \.\.\.$/d' out >lines
    expect_file lines 'TAP version 13' 1..4 'ok 1 - done' 'not ok 2 - failed' \
      "Bail out! interrupted by SIG$signal in 3 in <the> \"middle\""
    grep -c '<testcase ' junit.xml >count
    expect_file count 2
    grep -qx "    <system-err>interrupted by SIG$signal in 3 in &lt;the&gt; &quot;middle&quot;</system-err>" \
      junit.xml || fail "$(cat junit.xml)"
    tail -n 1 junit.xml >last
    expect_file last '</testsuites>'
  done
done
interrupted HUP script -q

# While all is prepared, and under load
printf '%s\n' 'run:echo $$ >>pids; echo go >ready; sleep 1000' test-case:one 'run:touch never' >early
interrupted TERM early
expect_no_out
expect_err 'chunk-send: interrupted by SIGTERM: 0 passed'
start server chunk-serve unix:server
printf '%s\n' 'run:echo go >ready' test-case:one 'ECHO:%{client}' 'expect:ECHO:%{client}' >load
interrupted INT load -c unix:server --clients 3 --duration 1000
expect_no_err
grep -qx 'clients    3' out || fail "$(cat out)"

# A test that listens can be ended from the moment on at which it tells so.
mkfifo told
for options in '' --tap '--clients 2'; do
  count=0
  while [ "$count" -lt 5 ]; do
    count=$((count + 1))
    # shellcheck disable=SC2086 # words
    chunk-send -l unix:socket --ready-fd 3 $options expect:NOOP >out 2>err 3>told &
    test=$!
    own "$test"
    read -r _ <told
    kill "$test"
    finish "$test"
    expect_status 143
    [ ! -e socket ] || fail "$options: the socket file is still there"
  done
done
