#!/bin/sh
# As process 1 of a container a tool ends by a signal as elsewhere, with the status of a shell, and reaps
# orphans. chunk-send, which adopts what its commands leave behind, reaps it as well.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

cat >script <<'END'
run:(setsid sh -c 'echo $$ >orphan' &); until [ -s orphan ]; do sleep 0.01; done
run:until [ ! -e "/proc/$(cat orphan)" ]; do sleep 0.01; done
END
run timeout 20 chunk-send -w 10 -f script
expect_status 0

in_container='unshare -pf --mount-proc'
$in_container true 2>/dev/null || in_container='unshare -Urpf --mount-proc'
$in_container true 2>/dev/null || skip 'no process namespace can be made'

# first NAME TOOL ARGUMENT...: starts a tool as process 1 of a container, and gives its ID here
first() {
  name=$1
  shift
  # shellcheck disable=SC2086 # several words
  start "$name" $in_container env --default-signal "$@"
  outer=$pid
  pid=$(pgrep -P "$outer")
}

# ends SIGNAL STATUS TOOL...
ends() {
  signal=$1
  wanted_status=$2
  shift 2
  first tool "$@"
  kill "-$signal" "$pid"
  finish "$outer"
  ran="$* and SIG$signal"
  expect_status "$wanted_status"
  [ ! -e socket ] || fail "$ran: leaves its socket file"
  expect_file tool.err
}

for signal in TERM:143 INT:130 HUP:129; do
  number=${signal#*:}
  signal=${signal%:*}
  ends "$signal" "$number" chunk-recv -l unix:socket
  ends "$signal" "$number" chunk-recv -k -l unix:socket
  ends "$signal" "$number" chunk-dump --tap unix:socket unix:other
done
ends TERM 143 chunk-send -k -l unix:socket
ends TERM 143 chunk-recv -l unix:socket --exec cat
ends TERM 0 chunk-serve -q unix:socket

# A signal that was ignored from the start stays so.
first tool env --ignore-signal=INT chunk-recv -l unix:socket
kill -INT "$pid"
kill -TERM "$pid"
finish "$outer"
expect_status 143

# A second signal ends a server that drains.
first serve chunk-serve -q unix:socket
chunk-send -c "$address" -w 20 NOOP DLAY:NTVL=50 >replies 2>send.err &
client=$!
own "$client"
await send.err [ -s replies ]
kill -TERM "$pid"
await serve.err [ ! -e socket ]
kill -TERM "$pid"
finish "$outer"
expect_status 143
finish "$client"

# An orphan of another process of the container
first serve chunk-serve -q --exec 'ECHO=setsid sh -c "sleep 0.01 &" & echo' unix:socket
run chunk-send -c unix:socket request:ECHO
expect_status 0
is_alone() {
  [ -z "$(pgrep -P "$pid")" ]
}
await serve.err is_alone
kill -TERM "$pid"
finish "$outer"
expect_status 0
