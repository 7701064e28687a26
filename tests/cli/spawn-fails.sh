#!/bin/sh
# A command that could not be started as it should be, or whose status is lost, never counts as done.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || skip 'no process can be traced'
chunk-send ECHO:a NOOP >stream

# injected CALL PROBLEM COMMAND...: runs it so that the call fails; the name of the first argument is
# that of the tool
injected() {
  call=$1
  problem=$2
  shift 2
  # A leak checker cannot work beside a tracer.
  run env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
    strace -f -qq -o trace -e "trace=${call%%:*}" -e "inject=${call%%:*}:error=$problem${call#"${call%%:*}"}" "$@"
}

# Between fork and exec. The first signal mask of all is set by the shell, the second by the tool.
for each in dup2:EBUSY setsid:EPERM prctl:EINVAL pipe2:EMFILE pidfd_open:EMFILE vfork:EAGAIN; do
  call=${each%:*}
  problem=${each#*:}
  injected "$call" "$problem" chunk-recv --exec cat <stream
  [ "$status" -eq 6 ] || fail "$ran: status $status; $(cat err)"
  expect_no_out
  grep -q '^chunk-recv: sh: ' err || fail "$ran: $(cat err)"
  [ "$(wc -l <err)" -eq 1 ] || fail "$ran: $(cat err)"
done
for each in dup2:EBUSY setsid:EPERM vfork:EAGAIN pidfd_open:EMFILE; do
  injected "${each%:*}" "${each#*:}" chunk-send run:true
  expect_status 6
  [ "$(wc -l <err)" -eq 1 ] || fail "$ran: $(cat err)"
done
injected dup2 EBUSY timeout 20 chunk-serve --worker cat unix:server
expect_status 6
grep -q "^chunk-serve: --worker 'cat': cannot be started: sh: device or resource busy" err || fail "$(cat err)"

# What only takes another way is no failure.
injected close_range ENOSYS chunk-recv --exec 'cat; ls /proc/self/fd | wc -l' <stream
expect_status 0
expect_out a4 4
injected dup2:when=1+2 EINTR chunk-recv --exec 'cat; echo' <stream
expect_status 0
expect_out a ''

# The status is lost.
injected wait4 ECHILD chunk-recv -v --exec 'exit 3' <stream
expect_status 1
grep -qx 'chunk-recv: --exec: chunk 0 (ECHO): an unknown status' err || fail "$(cat err)"
injected wait4 ECHILD chunk-send 'run:true'
expect_status 1
grep -qx 'chunk-send: run:true: ended with an unknown status' err || fail "$(cat err)"
injected wait4:when=1+2 EINTR chunk-recv --exec 'cat' <stream
expect_status 0
