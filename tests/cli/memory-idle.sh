#!/bin/sh
# A connection takes memory for what has arrived on it: one byte of a header takes less than 4 KiB.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Opens connections, sends one byte on each, and tells the memory of the server that they take.
cat >clients.py <<'END'
import socket, sys, time

path, server, count = sys.argv[1], sys.argv[2], int(sys.argv[3])

def resident():
    with open(f'/proc/{server}/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('VmRSS'))

def settled(most=500):
    before, now = None, resident()
    while now != before and most > 0:
        time.sleep(0.1)
        before, now, most = now, resident(), most - 1
    return now

def link():
    out = socket.socket(socket.AF_UNIX)
    out.connect(path)
    return out

links = [link() for _ in range(20)]  # what the first ones need is not needed again
for each in links:
    each.send(b'E')
before = settled()
more = [link() for _ in range(count)]
for each in more:
    each.send(b'E')
print((settled() - before) * 1024 // count)
END

# expect_small TOOL...: a server at unix:socket
expect_small() {
  start server "$@"
  run python3 clients.py socket "$pid" 400
  expect_status 0
  [ "$(cat out)" -lt 4096 ] || fail "$*: $(cat out) bytes for each connection"
  kill "$pid"
  finish "$pid"
}

expect_small chunk-serve --max-per-peer 1000 unix:socket
expect_small chunk-recv -k -l unix:socket
