#!/bin/sh
# chunk-serve serves its metrics at --metrics, and logs them on SIGUSR1.
set -eu
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# page PATH: what is there, of a server whose page is at unix:page
page() {
  chunk-send -c unix:page "raw-send:GET $1 HTTP/1.0%0d%0a%0d%0a" "raw-receive:$2" >got 2>err || :
  tr -d '\r' <got >page.txt
}

start server chunk-serve --metrics unix:page --max-per-peer 2 --deny 10.0.0.0/8 unix:server
run chunk-send -c unix:server NOOP ECHO:abc ECHO:d CMPU:OPER=+
run chunk-send -c unix:server WHAT
run chunk-send 'a> connect:unix:server' 'b> connect:unix:server' 'c> connect:unix:server' \
  'c> expect-close'
expect_status 0
page /metrics 1000
head -n 1 page.txt | grep -qx 'HTTP/1.1 200 OK' || fail "$(cat page.txt err)"
size=$(sed -n 's/^Content-Length: //p' page.txt)
page /metrics "$((size + $(sed '/^$/q' got | wc -c)))"
for line in 'chunk_connections_accepted_total 5' 'chunk_connections_active 0' \
  'chunk_connections_refused_total{reason="over-capacity"} 1' \
  'chunk_connections_refused_total{reason="denied"} 0' \
  'chunk_connections_closed_total{reason="violation"} 1' \
  'chunk_requests_total{id="ECHO"} 2' 'chunk_requests_total{id="NOOP"} 1' \
  'chunk_requests_total{id="other"} 1' 'chunk_received_bytes_total 53' \
  'chunk_handler_seconds_count 4' 'chunk_accept_errors_total 0'; do
  grep -qxF "$line" page.txt || fail "no '$line' in: $(cat page.txt)"
done
page '/metrics?x=1' 16
head -n 1 page.txt | grep -q '^HTTP/1.1 200 OK' || fail "$(cat page.txt)"
page /metricsx 16
head -n 1 page.txt | grep -q '^HTTP/1.1 404 No' || fail "$(cat page.txt)"
page / 16
head -n 1 page.txt | grep -q '^HTTP/1.1 404 No' || fail "$(cat page.txt)"

# Readers that ask for nothing do not keep others from an answer.
cat >readers.py <<'END'
import socket

def link():
    out = socket.socket(socket.AF_UNIX)
    out.settimeout(20)
    out.connect('page')
    return out

silent = [link() for _ in range(8)]
asking = link()
asking.sendall(b'GET /metrics HTTP/1.1\r\n\r\n')
got = b''
while more := asking.recv(4096):
    got += more
print(got.split(b'\r\n')[0].decode())
END
run python3 readers.py
expect_status 0
expect_out 'HTTP/1.1 503 Service Unavailable'

kill -USR1 "$pid"
await server.err grep -q "event=metrics " server.err
grep -q ' event=metrics accepted=5 .* id-ECHO=2 ' server.err || fail "$(cat server.err)"
stop "$pid"
expect_status 0
[ ! -e page ] || fail 'the socket of the page is left'
