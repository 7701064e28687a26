#!/bin/sh
# Docker's library for Python takes apart what chunk-send has written for two streams.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

python=/usr/bin/python3
"$python" -c 'import docker.utils.socket' 2>/dev/null || skip 'no library of Docker for Python'

cat >apart.py <<'PYTHON'
import socket
from docker.utils.socket import frames_iter

streams = {1: b"", 2: b""}
for stream, data in frames_iter(socket.socket(fileno=0), tty=False):
    streams[stream] += data
with open("stdout", "wb") as out, open("stderr", "wb") as err:
    out.write(streams[1])
    err.write(streams[2])
PYTHON
cat >logs.script <<'SCRIPT'
stdout:hello%0a
stderr:a warning
stdout,fill=100000:x
stderr:%0a
SCRIPT
# The library reads from a socket.
cat >joined.py <<'PYTHON'
import socket, subprocess, sys

ours, theirs = socket.socketpair()
writer = subprocess.Popen(["chunk-send", "-p", "docker", "-f", "logs.script"], stdout=theirs)
theirs.close()
subprocess.run([sys.executable, "apart.py"], stdin=ours, check=True)
sys.exit(writer.wait())
PYTHON
run "$python" joined.py
expect_status 0
{ echo hello && head -c 100000 /dev/zero | tr '\0' x; } >wanted
expect_same wanted stdout
echo 'a warning' >wanted
expect_same wanted stderr
