#!/bin/sh
# chunk-send -j runs several scripts at the same time, and tells of them in their order, each as a whole.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

start server chunk-serve unix:server

# Each script waits for the one behind it to have begun, so that none can be done before all run.
mkfifo one two three
printf '%s\n' test-case:first 'request:ECHO:1a' 'run:read _ <one' 'request:ECHO:1b' test-case:wrong \
  ECHO:x expect:ECHO:y >a
printf '%s\n' 'request:ECHO:2a' 'run:echo >one; read _ <two' 'request:ECHO:2b' NOOP >b
printf '%s\n' test-case:third 'request:ECHO:3a' 'run:echo >two; read _ <three' 'request:ECHO:3b' \
  test-case:left 'skip-if:true' >c
printf '%s\n' 'run:echo >three' 'request:ECHO:4a' expect:ECHO:z >d
run timeout 60 chunk-send -w 30 -c unix:server -j 4 -f a -f b -f c -f d -v --report text --report junit:x.xml
expect_status 1
expect_out ECHO:1a ECHO:1b ECHO:2a ECHO:2b ECHO:3a ECHO:3b ECHO:4a
report_of err | grep '^chunk-send' >lines
expect_file lines 'chunk-send: passed 1 first (TIME)' \
  'chunk-send: a:7: expect:ECHO:y: the payload differs: byte 0 is 78, not 79' \
  'chunk-send: b: unix:server: a reply that no step examined: NOOP' 'chunk-send: passed 3 b (TIME)' \
  'chunk-send: passed 4 third (TIME)' "chunk-send: skipped 5 left: 'true' succeeded" \
  'chunk-send: d:3: expect:ECHO:z: the payload differs: byte 0 is 34, not 7a' \
  'chunk-send: 3 passed, 2 failed, 1 skipped'
sed -n 's/.*<testcase classname="\(.*\)" name="\([^"]*\)".*/\1 \2/p' x.xml >order
expect_file order 'a first' 'a wrong' 'b b' 'c third' 'c left' 'd d'

# More scripts than may run at once, and fewer
cat >many <<'END'
test-case:one
request:ECHO:%{random:2}
test-case:two
ECHO:x
expect:ECHO:x
END
for jobs in 1 2 3 100; do
  run timeout 20 chunk-send -c unix:server --seed 1 -j "$jobs" -f many -f many -f many -f many -f many \
    --report tap
  expect_status 0
  if [ "$jobs" = 1 ]; then mv out alone; else expect_same alone out; fi
done

# The status is that of the first failure in the order of the files, and not of the first in time.
printf '%s\n' 'run:sleep 0.2' expect:NOOP >slow
printf '%s\n' ECHO:a expect:ECHO:b >quick
run timeout 20 chunk-send -w 1 -c unix:server -j 2 -f slow -f quick
expect_status 4
run timeout 20 chunk-send -w 1 -c unix:server -j 2 -f quick -f slow
expect_status 1

# A signal ends all of them, and what is done is told.
mkfifo ready
printf '%s\n' test-case:done NOOP expect:NOOP test-case:waits 'run:echo $$ >>pids; echo >ready; sleep 1000' >e
printf '%s\n' test-case:later NOOP expect:NOOP test-case:waits 'run:echo $$ >>pids; echo >ready; sleep 1000' >f
chunk-send -c unix:server -w 100 -j 2 -v -f e -f f >out 2>err &
test=$!
own "$test"
exec 8<>ready
read -r _ <&8
read -r _ <&8
kill "$test"
finish "$test"
expect_status 143
report_of err >lines
expect_file lines 'chunk-send: passed 1 done (TIME)' 'chunk-send: passed 3 later (TIME)' \
  'chunk-send: interrupted by SIGTERM in 2 waits: 2 passed'
# shellcheck disable=SC2046 # they are numbers
gone $(cat pids)

# What goes wrong here ends them all.
printf '%s\n' test-case:g NOOP expect:NOOP test-case:h run:true >g
TMPDIR=$PWD/none run timeout 20 chunk-send -c unix:server -j 2 -f g -f many --report tap
expect_status 6

# One connection cannot serve several.
for options in '-l unix:socket' '-c unix:server --trace' '-c unix:server --clients 2'; do
  # shellcheck disable=SC2086 # words
  run chunk-send $options -j 2 -f many
  expect_status 2
  expect_no_out
  grep -q -e '--jobs' err || fail "$(cat err)"
done
run chunk-send -c fd:9 -j 2 -f many 9<&1
expect_status 2
expect_err "chunk-send: --jobs: 'fd:9': cannot be connected to again and again"

# --list-cases gives what --case takes.
printf '%s\n' test-case:plain NOOP expect:NOOP 'test-case:two words' NOOP test-case:twice NOOP test-case:twice \
  NOOP "test-case:$(printf '\033')" NOOP test-case:2 NOOP >names
run chunk-send --list-cases -f names -f many -f a -f b
expect_status 0
expect_no_err
expect_out plain 'two words' 3 4 5 6 one two first wrong b
chunk-send --list-cases -f names >choices
number=0
while read -r each; do
  number=$((number + 1))
  run timeout 20 chunk-send -c unix:server -v --case "$each" -f names
  expect_status 0
  grep -q "passed $number " err || fail "$each: $(cat err)"
  tail -n 1 err >last
  expect_file last 'chunk-send: 1 passed'
done <choices
[ "$number" = 6 ] || fail "$(cat choices)"
run chunk-send -c unix:none --case 'WORDS' -f names -f many
expect_status 2
expect_err "chunk-send: --case: there is no 'WORDS' among 8 cases; there is 'two words'"
run chunk-send -c unix:none --case tw -f names
expect_err "chunk-send: --case: there is no 'tw' among 6 cases; there are 'two words', 'twice', 'twice'"
run chunk-send -c unix:none --case pliain -f names
expect_err "chunk-send: --case: there is no 'pliain' among 6 cases; did you mean plain?"
run chunk-send -c unix:none --case none -f names
expect_err "chunk-send: --case: there is no 'none' among 6 cases; --list-cases lists them"
