#!/bin/sh
# A system that refuses to watch a descriptor is told so, in one line, and not asked again at once.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

strace -o /dev/null true 2>/dev/null || skip 'nothing can be traced'

# refusing FIRST ERROR COMMAND...: runs it, and every epoll_ctl() from the FIRST on fails.
refusing() {
  first=$1 reason=$2
  shift 2
  run timeout 20 strace -f -o trace -e trace=epoll_ctl -e "inject=epoll_ctl:error=$reason:when=$first+" "$@"
}

# A pipe is not taken for a regular file, from which reading never waits.
mkfifo silent
exec 7<>silent
for tool in chunk-recv chunk-dump chunk-send; do
  for reason in ENOSPC ENOMEM; do
    # The first ones are Asio's own, and the question whether they were heard.
    refusing 5 "$reason" "$tool" <silent
    expect_status 6
    case $reason in
      ENOSPC) expect_err "$tool: standard input: no space left on device" ;;
      ENOMEM) expect_err "$tool: standard input: cannot allocate memory" ;;
    esac
  done
done
# Without its own timers and wake-ups no limit of time would pass.
for number in 1 2; do
  refusing "$number" ENOSPC chunk-send -w 1 -c tcp:127.0.0.1:1 NOOP
  expect_status 6
  expect_err 'chunk-send: event loop: the system does not watch its descriptors'
  # Also with descriptors in between that the tool was given
  refusing "$number" ENOSPC chunk-send -w 1 -c tcp:127.0.0.1:1 NOOP 3<silent 5<silent
  expect_err 'chunk-send: event loop: the system does not watch its descriptors'
done
# Where no descriptor is left for its timer, it counts the time itself.
run sh -c 'ulimit -n 5; exec chunk-send --check NOOP' 7<&-
expect_no_err
expect_status 0
# A report that the system cannot wait for is written all the same.
run timeout 20 strace -f -o trace -e trace=poll -e inject=poll:error=ENOMEM:when=1+ \
  chunk-send 'test-case:one' 'run:true'
expect_status 0
expect_err 'chunk-send: 1 passed'

# A regular file is one.
chunk-send ECHO:a >file
run chunk-recv -F text <file
expect_status 0
expect_out ECHO:a

# A connection, also when it is one of many
start server chunk-serve unix:server
for first in 5 6 7 8; do
  refusing "$first" ENOSPC chunk-send -c unix:server request:NOOP
  case $status in
    0) ;;
    3 | 6) grep -q '^chunk-send: .*: no space left on device$' err || fail "$first: $(cat err)" ;;
    *) fail "$first: status $status: $(cat err)" ;;
  esac
done
for first in 5 6 7 8 9 10; do
  refusing "$first" ENOSPC chunk-send -c unix:server --clients 3 request:NOOP
  [ "$status" -ne 124 ] || fail "--clients hangs when call $first fails"
  [ "$status" -eq 0 ] || grep -q 'no space left on device' err || fail "$first: $status: $(cat err)"
done
stop "$pid"

# The wait for room, of which there is none: a server gives the client up in time, and does not try again
# and again meanwhile.
cat >client.py <<'END'
import socket, struct, sys

link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])
link.settimeout(20)
request = b'ECHO' + struct.pack('<I', 60000) + b'x' * 60000
try:
    for _ in range(100):
        link.sendall(request)
    sys.exit('everything was taken')
except (BrokenPipeError, ConnectionResetError):
    pass
END
mkfifo ready
strace -f -o trace -e trace=epoll_ctl -e inject=epoll_ctl:error=ENOSPC:when=10+ \
  chunk-serve --write-timeout 0.5 --ready-fd 3 unix:server 2>server.err 3>ready &
server=$!
own "$server"
read -r _ <ready
run timeout 20 python3 client.py server
expect_status 0
[ "$(wc -l <trace)" -lt 1000 ] || fail "$(wc -l <trace) calls"
# The server itself is ended: it would outlive its tracer.
kill "$(pgrep -P "$server")"
finish "$server"
