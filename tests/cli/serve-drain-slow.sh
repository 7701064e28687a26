#!/bin/sh
# A draining server does not drop replies that a client has not read yet, even if the client still sends.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Sends requests, has the server drain, and then takes the replies bit by bit, sending another
# request after each.
cat >client.py <<'END'
import os, signal, socket, struct, sys, time

where, server = sys.argv[1], int(sys.argv[2])
kind, _, where = where.partition(':')
link = socket.socket(socket.AF_UNIX if kind == 'unix' else socket.AF_INET)
link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
link.connect(where if kind == 'unix' else ('127.0.0.1', int(where.rsplit(':', 1)[1])))
size = 20000
requests = (b'ECHO' + struct.pack('<I', size) + b'x' * size) * 20
link.sendall(requests)
os.kill(server, signal.SIGTERM)
got = b''
try:
    while more := link.recv(4096):
        got += more
        time.sleep(0.001)  # this is how slow it is
        try:
            link.send(b'NOOP\0\0\0\0', socket.MSG_DONTWAIT)
        except OSError:
            pass  # there is no room, or it has ended by now
except ConnectionResetError:
    pass
if not got.startswith(requests):
    sys.exit(f'only {len(got)} bytes of {len(requests)} have come')
END

for kind in unix:server tcp:127.0.0.1:0; do
  start server chunk-serve -v "$kind"
  run python3 client.py "$address" "$pid"
  expect_status 0
  finish "$pid"
  expect_status 0
  log_of server.err >log
  grep -q 'event=close .*reason=drained' log || fail "$(cat log)"
done
