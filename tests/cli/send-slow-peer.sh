#!/bin/sh
# chunk-send -w gives up on a peer that takes nothing, but not on one that takes what is sent slowly.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Takes a little every 50 ms until everything has come, or nothing at all.
cat >peer.py <<'END'
import socket, sys, time

path, takes = sys.argv[1], sys.argv[2] == 'takes'
listening = socket.socket(socket.AF_UNIX)
listening.bind(path)
listening.listen()
print('ready', flush=True)
link, _ = listening.accept()
got = 0
while takes and (more := len(link.recv(200_000))):
    got += more
    time.sleep(0.05)  # this is how slow it is
if not takes:
    sys.stdin.read()
END

# peer takes|waits: starts one at unix:peer; its process ID is in $pid
mkfifo held
exec 7<>held
peer() {
  rm -f peer
  mkfifo ready
  python3 peer.py peer "$1" >ready <held &
  pid=$!
  own "$pid"
  read -r _ <ready
  rm ready
}

chunk-send ECHO,fill=4000000:x >stream

# Both an action and a stream, which take a second or two
peer takes
run timeout 20 chunk-send -w 0.4 -c unix:peer ECHO,fill=4000000:x
expect_status 0
expect_no_err
peer takes
run timeout 20 sh -c "exec chunk-send -w 0.4 -c unix:peer <stream"
expect_status 0
expect_no_err

# Likewise both
peer waits
run timeout 20 chunk-send -w 0.2 -c unix:peer ECHO,fill=4000000:x
expect_status 4
expect_err 'chunk-send: unix:peer: ECHO,fill=4000000:x: nothing taken for 200 ms'
kill "$pid"
peer waits
run timeout 20 sh -c "exec chunk-send -w 0.2 -c unix:peer <stream"
expect_status 4
expect_err 'chunk-send: unix:peer: nothing taken for 200 ms'
kill "$pid"

# What the system has taken, the peer has not.
peer waits
run timeout 20 chunk-send -w 0.2 -c unix:peer ECHO:a
expect_status 4
expect_err 'chunk-send: unix:peer: nothing taken for 200 ms'
