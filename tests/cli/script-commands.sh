#!/bin/sh
# A script starts servers and runs commands; neither they nor their children outlive it.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

mkdir temporary
TMPDIR=$directory/temporary
export TMPDIR

nothing_left() {
  [ -z "$(ls temporary)" ] || fail "$(ls -R temporary)"
}

# A server for the script, and one for each case
cat >script <<'EOF'
start:echo $$ >>pids; exec chunk-serve %{address}
test-case:one
let:text=it's $HOME "`date`" \%00
ECHO:a
expect:ECHO:a
run:test -S "$(echo %{address} | cut -d: -f2)"
test-case:two
start:echo $$ >>pids; exec chunk-serve --script fake.script %{address}
ECHO:b
expect:ECHO:of its own
EOF
printf 'expect:ECHO:b\nECHO:of its own\n' >fake.script
run timeout 20 chunk-send -f script
expect_status 0
expect_no_out
expect_err 'chunk-send: 2 passed'
[ "$(wc -l <pids)" -eq 2 ] || fail "$(cat pids)"
# shellcheck disable=SC2046 # they are numbers
gone $(cat pids)
nothing_left

# Values are single words of a command, whatever is in them.
cat >script <<'EOF'
start:exec chunk-serve %{address}
let:text=it's $HOME "`date`" ;|&<>*?\ %7e(x)%0aand more
run:printf '%s' %{text} >text
ECHO:%{text}
expect:ECHO:{reply}
run:printf '%s' %{reply} >reply
run:printf '%s' x%{client}y %%{client} >client
EOF
run timeout 20 chunk-send -f script
expect_status 0
expect_err 'chunk-send: 1 passed'
printf '%s\nand more' "it's \$HOME \"\`date\`\" ;|&<>*?\\ ~(x)" >wanted
expect_same text wanted
expect_same reply wanted
printf 'x1y%%{client}' >wanted
expect_same client wanted
nothing_left

# A server that fails is the reason for what fails then.
cat >script <<'EOF'
start:echo "cannot go on"; exit 7
ECHO:a
expect:ECHO:a
EOF
run timeout 20 chunk-send -f script
expect_status 1
expect_no_out
expect_report <<'EOF'
chunk-send: script:2: ECHO:a: 'echo "cannot go on"; exit 7' ended with status 7
  before    script:1: start:echo "cannot go on"; exit 7
  output    cannot go on
chunk-send: 0 passed, 1 failed
EOF
nothing_left

# A command that fails, with the end of what it printed, free of control characters
cat >script <<'EOF'
run:true
run:printf 'one\n\033[2Jtwo\n' >&2; exit 3
EOF
run timeout 20 chunk-send -f script
expect_status 1
expect_no_out
expect_plain err
expect_report <<'EOF'
chunk-send: script:2: run:printf 'one\n\033[2Jtwo\n' >&2; exit 3: ended with status 3
  before    script:1: run:true
  output    one
            %1b[2Jtwo
chunk-send: 0 passed, 1 failed
EOF
nothing_left

# One that hangs is ended at the timeout, with all that it has started.
cat >script <<'EOF'
run:sleep 1000 & echo $! >pids; (echo $$; sleep 1000 & echo $!; wait) >>pids
EOF
run timeout 20 chunk-send -f script -w 1
expect_status 4
expect_report <<'EOF'
chunk-send: script:1: run:sleep 1000 & echo $! >pids; (echo $$; sleep 1000 & echo $!; wait) >>pids: not done within 1 s
chunk-send: 0 passed, 1 failed
EOF
[ "$(wc -l <pids)" -eq 3 ] || fail "$(cat pids)"
# shellcheck disable=SC2046 # they are numbers
gone $(cat pids)
nothing_left

# What a command leaves running when it ends goes with it.
printf '%s\n' 'run:sleep 1000 >/dev/null & echo $! >pids' >script
run timeout 20 chunk-send -f script
expect_status 0
# shellcheck disable=SC2046 # they are numbers
gone $(cat pids)

# Something to skip: one case, all of them, those of a file
printf '%s\n' test-case:one skip-if:true run:false test-case:two skip-if:false run:true >script
run timeout 20 chunk-send -f script -v
expect_status 0
expect_report <<'EOF'
chunk-send: skipped 1 one: 'true' succeeded
chunk-send: passed 2 two (TIME)
chunk-send: 1 passed, 1 skipped
EOF
run timeout 20 chunk-send -f script --case one
expect_status 77
expect_err 'chunk-send: 0 passed, 1 skipped'
printf '%s\n' 'skip-if:test -d /' start:false test-case:one run:false test-case:two run:false >script
run timeout 20 chunk-send -f script -v
expect_status 77
expect_report <<'EOF'
chunk-send: skipped 1 one: 'test -d /' succeeded
chunk-send: skipped 2 two: 'test -d /' succeeded
chunk-send: 0 passed, 2 skipped
EOF

# A server that comes late is waited for; one that never comes is not for ever.
cat >script <<'EOF'
start:until [ -e go ]; do sleep 0.01; done; exec chunk-serve unix:late
run:touch go
wait-for:unix:late
connect:unix:late
NOOP
expect:NOOP
EOF
run timeout 20 chunk-send -f script
expect_status 0
expect_err 'chunk-send: 1 passed'
run timeout 20 chunk-send -w 0.1 wait-for:unix:never
expect_status 4
expect_report <<'EOF'
chunk-send: wait-for:unix:never: nobody accepts: unix:never: no such file or directory
chunk-send: 0 passed, 1 failed
EOF
nothing_left

# A server is asked once to end, and has the time to do so.
cat >script <<'EOF'
start:chunk-serve unix:drains 2>drains.log; exit
connect:unix:drains
request:NOOP
DLAY:NTVL=0.1
within:0-0.001
delay:0.002
EOF
run timeout 20 chunk-send -f script
expect_status 4
log_of drains.log | sed '/event=close/d' >log
expect_file log 'time=T level=info event=listening local=unix:drains' \
  'time=T level=info event=drain by=SIGTERM' 'time=T level=info event=stopped cut=0'
[ ! -e drains ] || fail 'the socket file is still there'

# A signal without a name, and a caller that ignores the ends of its children
# shellcheck disable=SC2016 # the shell of run: expands it
run timeout 20 chunk-send 'run:kill -40 $$'
expect_status 1
grep -q 'ended with signal 40$' err || fail "$(cat err)"
(
  trap '' CHLD
  run timeout 20 chunk-send run:false
  expect_status 1
  grep -q 'ended with status 1$' err || fail "$(cat err)"
)

# A command has no terminal, for which it would be stopped in the background.
need_terminal
run timeout 20 script -qec "chunk-send -w 100 'run:read -r x </dev/tty'" /dev/null
expect_status 1
grep -q 'run:read -r x </dev/tty: ended with status' out || fail "$(cat out)"

# A server that is stopped is told to end as any other.
# shellcheck disable=SC2016 # for the shells of the commands
run timeout 20 chunk-send 'start:trap "echo ended >told; exit" TERM; echo $$ >number; kill -STOP $$' \
  'run:until grep -q "State:.T" "/proc/$(cat number)/status"; do sleep 0.01; done'
expect_status 0
expect_file told ended
