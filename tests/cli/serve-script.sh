#!/bin/sh
# chunk-serve --script performs a script with each client as a fake server, and its status tells of
# failures.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# log_is LINE...: the log holds these lines, each with its time before it
log_is() {
  log_of fake.err | sed -e '/event=listening/d' -e 's/^time=T level=//' >log
  expect_file log "$@"
}

# Several clients, at the same time as well: each begins at the beginning.
fake unix:fake tcp:127.0.0.1:0 <<'EOF'
# a comment
expect:ECHO:{word}
repeat:2
ECHO:%{word}-%{client}
end
expect:NOOP
EOF
next_address
run timeout 20 chunk-send -c unix:fake ECHO:a expect:ECHO:a-1 \
  "b> connect:$address" 'b> ECHO:b' 'b> expect:ECHO:b-2' 'b> expect:ECHO:b-2' 'b> NOOP' \
  'b> expect-close:eof' expect:ECHO:a-1 NOOP expect-close:eof
expect_status 0
stop "$pid"
expect_status 0
# In whatever order they come to their ends
sed 's/^time=[^ ]* //' fake.err | sort | sed 's/^/time=2000-01-01T00:00:00.000Z /' >sorted
mv sorted fake.err
log_is 'info event=drain by=SIGTERM' 'info event=script-passed conn=1 requests=2 out=22' \
  'info event=script-passed conn=2 requests=2 out=22' 'info event=stopped failed=0'
[ ! -e fake ] || fail 'the socket file is still there'

# Failures are logged with place and reason, and do not end the server.
fake unix:fake <<'EOF'
expect:ECHO:good
ECHO:reply
expect:NOOP
EOF
run chunk-send -c unix:fake ECHO:bad expect-close
expect_status 0
run chunk-send -c unix:fake ECHO:good expect:ECHO
expect_status 0
run chunk-send -c unix:fake raw-send:ECH
expect_status 0
run chunk-send -c unix:fake ECHO:good NOOP ECHO:more expect:ECHO expect-close
expect_status 0
await fake.err grep -q 'event=script-passed conn=4' fake.err
stop "$pid"
expect_status 1
log_is 'warning event=script-failed conn=1 at=fake.script:1 step=expect:ECHO:good reason="the payload differs: byte 0 is 62, not 67" received=ECHO:bad' \
  'warning event=script-failed conn=2 at=fake.script:3 step=expect:NOOP reason="closed before the reply" received="the end of the connection"' \
  'warning event=script-failed conn=3 at=fake.script:1 step=expect:ECHO:good reason="truncated at byte 0x0: ECH: a header has 8 bytes, 3 are there" received="3 of 8 header bytes: 45 43 48"' \
  'info event=script-passed conn=4 requests=2 out=13 remark="a request that no step examined: ECHO:more"' \
  'info event=drain by=SIGTERM' 'info event=stopped failed=3'

# A client that does not come up to the script in time
fake unix:fake <<'EOF'
timeout:0.05
expect:ECHO
EOF
run timeout 20 chunk-send -c unix:fake expect-close
expect_status 0
stop "$pid"
expect_status 1
log_is 'warning event=script-failed conn=1 at=fake.script:2 step=expect:ECHO reason="no reply within 50 ms" received=nothing' \
  'info event=drain by=SIGTERM' 'info event=stopped failed=1'

# Wrong lengths, raw bytes, and ends of each kind
fake tcp:127.0.0.1:0 <<'EOF'
expect-raw:hello%0a
ECHO,len=99:short
raw-send:%00%ff
shutdown
raw-receive:3
reset
EOF
run timeout 20 chunk-send -c "$address" raw-send:hello%0a expect-raw:ECHO%63%00%00%00short%00%ff \
  raw-send:abc
expect_status 0
stop "$pid"
expect_status 0

# No more clients at a time than it may have
fake unix:fake --max-connections 1 <<'EOF'
expect:ECHO
ECHO:in
expect-close
EOF
run timeout 20 chunk-send -c unix:fake ECHO expect:ECHO:in 'b> connect' 'b> expect-close:eof' \
  NOOP expect-close
expect_status 0
stop "$pid"
log_is 'warning event=close conn=2 reason=over-capacity peer=unix pid=P uid=U gid=G' \
  'warning event=script-failed conn=1 at=fake.script:3 step=expect-close reason="a chunk came, not the end of the connection" received=NOOP' \
  'info event=drain by=SIGTERM' 'info event=stopped failed=1'

# Standard input and output as the only connection
printf 'expect:ECHO:a\nECHO:b\n' >script
chunk-send ECHO:a >stream
run chunk-serve --script script - <stream
expect_status 0
expect_hex out '4543484f01000000 62'
log_of err >log
expect_file log 'time=T level=info event=script-passed conn=1 requests=1 out=9' \
  'time=T level=info event=stopped failed=0'
run chunk-serve --script script --quiet - </dev/null
expect_status 1
expect_no_out
log_of err >log
expect_file log 'time=T level=warning event=script-failed conn=1 at=script:1 step=expect:ECHO:a reason="closed before the reply" received="the end of the connection"'

# At a signal, scripts under way are seen to their end, but not for ever.
fake unix:fake <<'EOF'
expect:ECHO
ECHO:first
expect:ECHO
ECHO:second
EOF
server=$pid
cat >script <<'EOF'
request:ECHO
run:kill -TERM "$SERVER"
run:until grep -q event=drain fake.err; do :; done
request:ECHO
EOF
SERVER=$server
export SERVER
run timeout 20 chunk-send -c unix:fake -f script
expect_status 0
expect_out ECHO:first ECHO:second
finish "$server"
expect_status 0
log_is 'info event=drain by=SIGTERM' 'info event=script-passed conn=1 requests=2 out=27' \
  'info event=stopped failed=0'
fake unix:fake --drain-timeout 0.05 <<'EOF'
expect:ECHO
ECHO:first
timeout:1000
expect:ECHO
EOF
server=$pid
run timeout 20 chunk-send -c unix:fake request:ECHO "run:kill -TERM $server" expect-close
finish "$server"
expect_status 1
log_is 'info event=drain by=SIGTERM' 'info event=stopped failed=1'

# Mistakes are told before anybody can connect, those of a client's script too.
refuses() {
  printf '%s\n' "$2" >script
  run chunk-serve --script script unix:refused
  expect_status 2
  expect_no_out
  expect_err "chunk-serve: script:1: $1" ${3:+"  $2" "  $3"}
  [ ! -e refused ] || fail 'it has listened'
}
refuses "'%zz': % needs two hexadecimal digits" ECHO:%zz '     ^^^'
refuses "'b': a scripted server has no connections but its client's" 'b> NOOP' '^'
for each in connect test-case skip-if wait-for run start; do
  refuses "'$each': not for a scripted server" "$each:unix:a" "$(echo "$each" | tr 'a-z-' '^')"
done
run chunk-serve --script missing unix:refused
expect_status 6
expect_err 'chunk-serve: missing: no such file or directory'
[ ! -e refused ] || fail 'it has listened'
