#!/bin/sh
# Measures the processor time per request of a load generator: chunk-send --clients against
# chunk-serve, compared with redis-benchmark against redis-server, with an ECHO of 64 bytes from 50
# clients over TCP.
#
# tests/bench/load.sh BUILD [ROUNDS [REQUESTS]]
#
# BUILD is a build directory, best one made with --buildtype=release. The two take turns in each of
# ROUNDS (5) rounds; redis-benchmark sends REQUESTS (200000), and chunk-send runs for as many seconds as
# that took. The medians of the processor time of the generators are printed.
set -eu
export LC_ALL=C

if [ $# -lt 1 ]; then
  echo "usage: $0 BUILD [ROUNDS [REQUESTS]]" >&2
  exit 2
fi
build=$1
rounds=${2:-5}
requests=${3:-200000}

scratch=$(mktemp -d)
pids=
clean_up() {
  for pid in $pids; do kill "$pid" 2>/dev/null || true; done
  wait
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

fail() {
  echo "$*" >&2
  exit 1
}

command -v redis-benchmark >/dev/null || fail 'redis-tools is not installed'
[ -x /usr/bin/time ] || fail 'time is not installed'

mkfifo "$scratch/ready"
"$build/tools/chunk-serve" -q --max-per-peer 1000 --ready-fd 3 tcp:127.0.0.1:0 3>"$scratch/ready" &
pids="$pids $!"
read -r address <"$scratch/ready"

# redis-server cannot choose a free port itself, and exits if the port is in use.
for port in 7379 17379 27379 37379 47379; do
  redis-server --save '' --appendonly no --dir "$scratch" --bind 127.0.0.1 --port "$port" \
    >"$scratch/redis.log" &
  redis=$!
  pids="$pids $redis"
  tries=0
  until redis-cli -p "$port" ping >/dev/null 2>&1 || ! kill -0 "$redis" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || fail 'redis-server does not start'
    sleep 0.05
  done
  if kill -0 "$redis" 2>/dev/null; then break; fi
done

payload=0123456789012345678901234567890123456789012345678901234567890123
round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  /usr/bin/time -f '%U %S %e' -o "$scratch/time" \
    redis-benchmark -q -p "$port" -c 50 -n "$requests" ECHO "$payload" >/dev/null
  seconds=$(awk -v n="$requests" -v out="$scratch/redis" \
    '{ printf "%.3f %.0f\n", ($1 + $2) * 1e6 / n, n / $3 >>out; print $3 }' "$scratch/time")
  "$build/tools/chunk-send" -c "$address" --clients 50 --duration "$seconds" \
    "ECHO:$payload" expect:ECHO >"$scratch/report"
  awk '$1 == "passes" { rate = $3 } $1 == "processor" { print $2, rate }' "$scratch/report" \
    >>"$scratch/chunk"
done

median() { # FILE COLUMN
  sort -n -k "$2" "$1" | awk -v c="$2" '{ v[NR] = $c }
    END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

printf '%-18s %22s %12s\n' generator 'CPU us a request' requests/s
for name in chunk redis; do
  printf '%-18s %22s %12s\n' "$name" "$(median "$scratch/$name" 1)" "$(median "$scratch/$name" 2)"
done
