#!/bin/sh
# haproxy marks chunk-serves as up by the NOOP chunk, spreads connections over them, and loses no
# request while one of them drains.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

command -v haproxy >/dev/null || skip 'there is no haproxy'

start one chunk-serve -v --max-per-peer 400 --proxy-from 127.0.0.0/8 tcp:127.0.0.1:0
one=$pid
one_address=${address#tcp:}
start two chunk-serve -v --max-per-peer 400 --proxy-from 127.0.0.0/8 tcp:127.0.0.1:0
two=$pid
two_address=${address#tcp:}

cat >haproxy.cfg <<END
global
  log stdout format raw local0
defaults
  mode tcp
  log global
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 3
  option redispatch 1
  option log-health-checks
frontend chunks
  bind unix@$directory/front
  default_backend servers
backend servers
  balance roundrobin
  option tcp-check
  tcp-check connect default
  tcp-check send-binary 4e4f4f5000000000
  tcp-check expect binary 4e4f4f5000000000
  default-server check check-send-proxy send-proxy-v2 inter 200ms fall 3 rise 1
  server one $one_address
  server two $two_address
END
haproxy -db -f haproxy.cfg >haproxy.log 2>&1 &
proxy=$!
own "$proxy"

# logged PATTERN: waits until haproxy has logged it.
logged() {
  await haproxy.log grep -q "$1" haproxy.log
}

for name in one two; do logged "server servers/$name succeeded.* UP"; done

# A hundred connections, each with a hundred requests of its own that do not wait for replies.
connections=100
requests=100
mkdir sent got
number=0
while [ "$number" -lt "$connections" ]; do
  number=$((number + 1))
  seq -f "ECHO:connection $number, request %.0f" "$requests" >script
  chunk-send -f script >"sent/$number"
done

# talk FIRST LAST: has these connections, six at a time.
talk() {
  # shellcheck disable=SC2016 # the inner shell's
  seq "$1" "$2" | xargs -P 6 -I '{}' \
    sh -c 'chunk-send -c unix:front <"sent/$1" >"got/$1" 2>>errors' - '{}' || fail "$(cat errors)"
}

# has_come NUMBER: that connection has got its first reply.
has_come() {
  [ -s "got/$1" ]
}

# One of them drains in the middle.
talk 1 40
talk 41 "$connections" &
talker=$!
await haproxy.log has_come 60
kill "$one"
finish "$talker"
expect_status 0
finish "$one"
expect_status 0

number=0
while [ "$number" -lt "$connections" ]; do
  number=$((number + 1))
  expect_same "sent/$number" "got/$number"
done

# Clients are shown as themselves only where they have an IP address, so these are not.
log_of one.err >one.log
log_of two.err >two.log
served() {
  grep -c "reason=\(ended\|drained\) .* requests=$requests " "$1" || :
}
[ "$(served one.log)" -ge 20 ] || fail "one has served $(served one.log)"
[ "$(served two.log)" -ge 40 ] || fail "two has served $(served two.log)"
[ $(($(served one.log) + $(served two.log))) -eq "$connections" ] || fail 'some were not served once'

# Health checks are nothing to log above debug.
if grep -v 'level=debug' two.log | grep -q 'event=close'; then fail "$(cat two.log)"; fi

# Once it is gone, haproxy knows.
logged 'server servers/one failed.* DOWN'
stop "$two"
expect_status 0
kill "$proxy"
