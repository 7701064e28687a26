#!/bin/sh
# Measures the cost of an ECHO of 64 bytes in chunk-serve, redis-server and a minimal epoll loop, from
# 50 clients over TCP and over a Unix socket, with 1 and with 16 requests in flight on each.
#
# tests/bench/serve.sh BUILD [ROUNDS [SECONDS]]
#
# BUILD is a build directory, best one made with --buildtype=release. The servers take turns in each
# of ROUNDS (5) rounds, for SECONDS (1) each time, and the medians are printed.
set -eu
export LC_ALL=C

if [ $# -lt 1 ]; then
  echo "usage: $0 BUILD [ROUNDS [SECONDS]]" >&2
  exit 2
fi
build=$1
rounds=${2:-5}
seconds=${3:-1}

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

is_running() {
  kill -0 "$1" 2>/dev/null
}

# Repeats a command until it succeeds, while process $1 runs, for some seconds at most.
wait_until() {
  waited_for=$1
  shift
  attempts=100
  until "$@"; do
    attempts=$((attempts - 1))
    if [ "$attempts" -eq 0 ] || ! is_running "$waited_for"; then return 1; fi
    sleep 0.05
  done
}

has_lines() {
  [ -f "$2" ] && [ "$(wc -l <"$2")" -ge "$1" ]
}

start_floor() {
  "$build/tests/bench/echo_floor" "$scratch/floor" >"$scratch/floor.port" &
  floor_pid=$!
  pids="$pids $floor_pid"
  wait_until "$floor_pid" has_lines 1 "$scratch/floor.port" || fail 'echo_floor does not start'
  floor_port=$(cat "$scratch/floor.port")
}

start_chunk() {
  "$build/tools/chunk-serve" -q --max-per-peer 1000 --ready-fd 3 "unix:$scratch/chunk" tcp:127.0.0.1:0 \
    3>"$scratch/chunk.ready" &
  chunk_pid=$!
  pids="$pids $chunk_pid"
  wait_until "$chunk_pid" has_lines 2 "$scratch/chunk.ready" || fail 'chunk-serve does not start'
  chunk_port=$(sed -n 's/^tcp:.*://p' "$scratch/chunk.ready")
}

# redis-server cannot choose a free port itself, and exits if the port is in use. It opens the Unix
# socket last.
start_redis() {
  for redis_port in 7379 17379 27379 37379 47379; do
    redis-server --save '' --appendonly no --dir "$scratch" --bind 127.0.0.1 \
      --port "$redis_port" --unixsocket "$scratch/redis" >"$scratch/redis.log" &
    redis_pid=$!
    pids="$pids $redis_pid"
    if wait_until "$redis_pid" test -S "$scratch/redis"; then return; fi
  done
  fail 'redis-server does not start'
}

# Measures a server in one way, and records: transport, requests in flight, name, microseconds,
# requests per second.
measure() {
  name=$1 transport=$2 in_flight=$3
  protocol=chunk
  case $name in
    chunk-serve) pid=$chunk_pid port=$chunk_port path=$scratch/chunk ;;
    redis-server) pid=$redis_pid port=$redis_port path=$scratch/redis protocol=resp ;;
    bare-loop) pid=$floor_pid port=$floor_port path=$scratch/floor ;;
  esac
  address=$path
  if [ "$transport" = TCP ]; then address=$port; fi
  "$build/tests/bench/echo_load" "$protocol" "$address" -k "$in_flight" -s "$seconds" -p "$pid" \
    >"$scratch/line"
  sed "s/^.*per_second=\([^ ]*\).*server_us=\(.*\)/$transport $in_flight $name \2 \1/" \
    "$scratch/line" >>"$scratch/figures"
}

print_table() {
  awk -v names="$names" -v rounds="$rounds" '
    { key = $1 " " $2 " " $3; n = ++count[key]; cost[key, n] = $4; rate[key, n] = $5 }

    function median(of, key,    i, j, held, sorted, n) {
      n = count[key]
      for (i = 1; i <= n; i++) {
        held = of[key, i]
        for (j = i - 1; j > 0 && sorted[j] > held; j--) sorted[j + 1] = sorted[j]
        sorted[j + 1] = held
      }
      return (sorted[int((n + 1) / 2)] + sorted[int(n / 2) + 1]) / 2
    }

    END {
      columns = split(names, name, " ")
      printf "%-20s", ""
      for (c = 1; c <= columns; c++) printf " %24s", name[c]
      printf "\n%-20s", ""
      for (c = 1; c <= columns; c++) printf " %24s", "CPU us   requests/s"
      printf "\n"
      rows = split("TCP 1,Unix 1,TCP 16,Unix 16", row, ",")
      for (r = 1; r <= rows; r++) {
        printf "%-20s", row[r] " in flight"
        for (c = 1; c <= columns; c++) {
          key = row[r] " " name[c]
          printf " %11.3f %12.0f", median(cost, key), median(rate, key)
        }
        printf "\n"
      }
    }' "$scratch/figures"
}

names='chunk-serve bare-loop'
start_floor
start_chunk
if command -v redis-server >/dev/null; then
  start_redis
  names='chunk-serve redis-server bare-loop'
else
  echo 'redis-server is not installed'
fi

echo "medians of $rounds rounds of $seconds s; CPU us: of the server, a request"
round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  for in_flight in 1 16; do
    for transport in TCP Unix; do
      for server in $names; do measure "$server" "$transport" "$in_flight"; done
    done
  done
done
print_table
