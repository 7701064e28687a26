#!/bin/sh
# Measures how many ECHOs of 64 bytes per second a worker in Python answers behind chunk-serve, compared
# with a server using Python's asyncio and with chunk-serve itself, from 50 clients over a Unix socket
# with 1 and with 16 requests in flight on each.
#
# tests/bench/worker.sh BUILD [WORKERS [ROUNDS [SECONDS]]]
#
# BUILD is a build directory, best one made with --buildtype=release. The servers take turns in each
# of ROUNDS (5) rounds, for SECONDS (1) each time, and the medians are printed.
set -eu
export LC_ALL=C

if [ $# -lt 1 ]; then
  echo "usage: $0 BUILD [WORKERS [ROUNDS [SECONDS]]]" >&2
  exit 2
fi
build=$(CDPATH='' cd -- "$1" && pwd)
workers=${2:-1}
rounds=${3:-5}
seconds=${4:-1}

scratch=$(mktemp -d)
pids=

clean_up() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
cd "$scratch"

cat >worker.py <<'END'
import struct, sys
source, sink = sys.stdin.buffer, sys.stdout.buffer
while head := source.read(8):
    name, length = struct.unpack("<4sI", head)
    sink.write(struct.pack("<4sI", name, length) + source.read(length))
    sink.flush()
END

cat >asyncio_server.py <<'END'
import asyncio, struct, sys

async def serve(reader, writer):
    try:
        while True:
            name, length = struct.unpack("<4sI", await reader.readexactly(8))
            writer.write(struct.pack("<4sI", name, length) + await reader.readexactly(length))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()

async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1])
    async with server:
        await server.serve_forever()

asyncio.run(main())
END

await_socket() {
  attempts=100
  until [ -S "$1" ]; do
    attempts=$((attempts - 1))
    [ "$attempts" -gt 0 ] || { echo "$1 does not start" >&2; exit 1; }
    sleep 0.05
  done
}

"$build/tools/chunk-serve" -q --max-per-peer 1000 --workers "$workers" \
  --worker 'exec python3 worker.py' ./worker &
pids="$pids $!"
"$build/tools/chunk-serve" -q --max-per-peer 1000 ./built-in &
pids="$pids $!"
python3 asyncio_server.py ./asyncio &
pids="$pids $!"
for each in worker built-in asyncio; do await_socket "./$each"; done

median() {
  sort -n "$1" | awk '{ at[NR] = $1 } END { print int((at[int((NR + 1) / 2)] + at[int(NR / 2) + 1]) / 2) }'
}

echo "requests a second, medians of $rounds rounds of $seconds s; $workers workers"
echo 'in flight    worker   asyncio  built-in  worker/asyncio'
for in_flight in 1 16; do
  round=0
  while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    for each in worker asyncio built-in; do
      "$build/tests/bench/echo_load" chunk "./$each" -k "$in_flight" -s "$seconds" |
        sed 's/^.*per_second=\([^ ]*\).*$/\1/' >>"$each.$in_flight"
    done
  done
  a=$(median "worker.$in_flight") b=$(median "asyncio.$in_flight") c=$(median "built-in.$in_flight")
  awk -v n="$in_flight" -v a="$a" -v b="$b" -v c="$c" \
    'BEGIN { printf "%9d %9d %9d %9d %15.1f\n", n, a, b, c, a / b }'
done
