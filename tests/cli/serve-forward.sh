#!/bin/sh
# chunk-serve --forward passes connections on unchanged, and applies its limits to clients.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=certificates.sh
. "$tests/certificates.sh"

# front ARGUMENT...: starts the forwarding server
front() {
  start front chunk-serve "$@"
  front=$pid
  closed=0
}

is_closed() {
  grep event=close front.err | tail -n "+$((closed + 1))" | grep -q "reason=$1"
}

# closed REASON: its log tells of one more connection that was closed, for that reason
closed() {
  await front.err is_closed "$1"
  closed=$(grep -c event=close front.err)
}

start upstream chunk-serve --allow-shutdown --max-chunk 1M ./upstream
upstream=$pid

# Pipelined requests, long ones, and the end of the stream: all as without a server in between
front -v --max-chunk 1M --forward ./upstream tcp:127.0.0.1:0 ./front
tcp=$address
next_address
head -c 1000000 /dev/urandom >contents
set -- ECHO:a DLAY:NTVL=0.2 ECHO:@contents NOOP CMPU:OPER=+:OPND=3:OPND=4 ECHO:@contents ECHO:
chunk-send -c ./upstream "$@" >wanted
run timeout 20 chunk-send -c "$tcp" "$@"
expect_status 0
expect_same wanted out
closed 'ended .*requests=7 in=2000095 '
run timeout 20 chunk-send -c ./front "$@"
expect_same wanted out
closed ended

# What the upstream server refuses, ends the connection here as well.
run timeout 20 chunk-send -c "$tcp" ECHO:a WHAT expect:ECHO:a expect-close
expect_status 0
closed 'failed detail="unix:./upstream: closed before the reply"'

# A request that is cut off, one that is too long, and one that does not come
run timeout 20 chunk-send -c "$tcp" ECHO:a raw-send:ECHO%05 expect:ECHO:a shutdown expect-close:eof
expect_status 0
closed truncated
run timeout 20 chunk-send -c "$tcp" ECHO:a ECHO,len=1048577:x expect:ECHO:a expect-close:eof
expect_status 0
closed 'too-large detail="too large at byte 0x9: ECHO declares 1048577 bytes, 1048576 are allowed"'
[ "$(grep -c too-large upstream.err || :)" = 0 ] || fail 'the request was passed on'
stop "$front"
expect_status 0
[ ! -e front ] || fail 'the socket file is still there'

front --request-timeout 0.2 --idle-timeout 0.5 --handler-timeout 0.3 \
  --forward ./upstream ./front
run timeout 20 chunk-send -c ./front raw-send:ECHO expect-close:eof
expect_status 0
closed 'request-slow detail="4 bytes of a request'
run timeout 20 chunk-send -c ./front ECHO:x expect:ECHO:x expect-close:eof
expect_status 0
closed 'idle detail="nothing received for 500 ms"'
run timeout 20 chunk-send -c ./front DLAY:NTVL=30 expect-close:eof
expect_status 0
closed 'handler-timeout detail="not answered within 300 ms"'
stop "$front"

# Draining lets requests under way finish, and ends idle connections.
front -v --forward ./upstream ./front
timeout 20 chunk-send -c ./front 'idle> connect:./front' 'idle> request:NOOP' DLAY:NTVL=0.5 \
  'idle> expect-close:eof' expect:NOOP expect-close:eof >drain.out 2>&1 &
own $!
client=$!
await front.err grep -q 'event=accept conn=2' front.err
await drain.out test -s drain.out
stop "$front"
expect_status 0
finish "$client"
[ "$status" -eq 0 ] || fail "the client: status $status; $(cat drain.out)"

# Who may connect, is decided here.
front --deny 127.0.0.0/8 --allow "uid=$(id -u)" --forward ./upstream \
  tcp:127.0.0.1:0 ./front
run timeout 20 chunk-send -c "$address" NOOP expect-close
closed denied
run timeout 20 chunk-send -c ./front request:ECHO:in
expect_out ECHO:in
stop "$front"

# TLS on one side, on the other, or on both
make_ca ca
make_certificate server DNS:localhost,IP:127.0.0.1
start outer chunk-serve --tls-cert server.pem --forward ./upstream tls:127.0.0.1:0
outer=$pid
secured=$address
run timeout 20 chunk-send -c "$secured" --tls-ca ca.pem ECHO:a ECHO:b
chunk-send ECHO:a ECHO:b >wanted
expect_same wanted out
start inner chunk-serve --tls-ca ca.pem --forward "$secured" ./inner
run timeout 20 chunk-send -c ./inner ECHO:a ECHO:b
expect_same wanted out
stop "$pid"
front --forward "$secured" ./front
run timeout 20 chunk-send -c ./front NOOP expect-close
closed 'failed detail="tls:127.0.0.1:[0-9]*: unable to get local issuer certificate'
stop "$front"
stop "$outer"

# An upstream server that is not there, and one that goes away
stop "$upstream"
front --forward ./upstream ./front
run timeout 20 chunk-send -c ./front NOOP expect-close
expect_status 0
closed 'failed detail="unix:./upstream: no such file or directory"'
start upstream chunk-serve -v --drain-timeout 0 ./upstream
upstream=$pid
timeout 20 chunk-send -c ./front DLAY:NTVL=30 expect-close >lost.out 2>&1 &
own $!
client=$!
await upstream.err grep -q 'event=accept conn=1' upstream.err
run timeout 20 chunk-send -c ./front request:NOOP
expect_status 0
stop "$upstream"
finish "$client"
expect_status 0
closed 'failed detail="unix:./upstream: closed before the reply"'
stop "$front"
expect_status 0
